import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeReport } from "../../protocol/records.ts";
import { progressOf } from "./advance.ts";
import { clearLock } from "./busy.ts";
import { commitUncommitted } from "./commit.ts";
import { ensureWorktree, isUntouched, nothingToMerge } from "./ensure.ts";
import { GitError } from "./git.ts";
import { type Located, locate } from "./inspect.ts";
import {
  formerReport,
  type Plan,
  planMerge,
  recordIntent,
  recordMerged,
  reportOf,
  type Source,
  takeBack,
} from "./intent.ts";
import { mergeBaseFor } from "./mergeBase.ts";
import { branchRef, mergeTrees, moveAgentRef, nameSome } from "./objects.ts";
import { inTheWay } from "./obstacles.ts";
import { agentName, agentSignature, type Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { putOffSetUp } from "./setUp.ts";

/**
 * Merges a child's branch into its parent's, in the parent's worktree. The order makes a kill harmless: intent in the
 * store, then files and index, then the branch. In between the branch still has its old tip, and whoever works in the
 * parent's worktree next finishes the merge first (`settle.ts`), so that nothing commits its reversal. The caller holds
 * the locks of both worktrees and has settled the merges into them.
 */
export async function mergeIntoParent(
  room: Room,
  child: WorktreeRow,
  parent: WorktreeRow,
  message: string,
): Promise<Result<MergeReport>> {
  if (await isUntouched(room, child)) return nothingToMerge(child);
  const source = await commitUncommitted(room, child, `Work of ${agentName(child)}`);
  if (!source.ok) return source;
  const located = await madeWorktree(room, parent);
  if (!located.ok) return located;
  const target = await commitUncommitted(room, located.value.row, `Work of ${agentName(parent)}`);
  if (!target.ok) return target;
  return mergeTips(room, child, located.value, { source: source.value, target: target.value }, message);
}

/** The parent's worktree, made where it isn't there. */
export async function madeWorktree(room: Room, row: WorktreeRow): Promise<Result<Located>> {
  const located = row.status === "creating" ? undefined : await locate(room, row);
  if (located !== undefined && (located.ok || located.refusal.code !== "not_found")) return located;
  // A merge needs no dependencies, and nobody waits for them here.
  const made = await ensureWorktree(room, row, (current, isNew) => putOffSetUp(room, current, isNew));
  return made.ok ? locate(room, made.value) : made;
}

async function mergeTips(
  room: Room,
  child: WorktreeRow,
  parent: Located,
  tips: { readonly source: string; readonly target: string },
  message: string,
): Promise<Result<MergeReport>> {
  const { git, row } = parent;
  const base = await mergeBaseFor(room, git, child, tips.target);
  const source: Source = {
    ...{ tip: tips.source, merged: tips.source, manner: "merge", base },
    mergeWith: (target) => mergeTrees(git, target, tips.source, base ?? undefined),
  };
  const former = await formerReport(git, child, tips.target, source);
  if (former !== undefined) return ok(former);
  const to = { tip: tips.target, name: row.branch };
  const plan = await planMerge(git, child.branch, to, source, message, agentSignature(room, row));
  if (!plan.ok) return plan;
  if (plan.value === null) {
    await recordMerged(room, child, { before: tips.target, commit: tips.target }, undefined);
    return ok({ mergeCommit: tips.target, files: [] });
  }
  return carryOut(room, child, parent, plan.value);
}

async function carryOut(room: Room, child: WorktreeRow, parent: Located, plan: Plan): Promise<Result<MergeReport>> {
  const { row } = parent;
  const obstacles = await inTheWay(row.path, plan.changes);
  if (obstacles.length > 0) {
    return refuse(
      "dirty_checkout",
      `files that git ignores in ${row.path} are in the way: ${nameSome(obstacles)}: move them first`,
    );
  }
  await recordIntent(room, child, plan);
  const failure = await advance(room, parent, plan);
  if (failure !== undefined) return giveUp(room, child, parent, plan, failure);
  await moveAgentRef(
    room,
    parent.git,
    branchRef(row.branch),
    { from: plan.before, to: plan.commit },
    agentSignature(room, row),
    "merge",
  );
  await recordMerged(room, child, plan, row.agentId);
  return ok(reportOf(plan));
}

/** Brings the worktree's index and files to the merge; git checks all of them before it writes the first. */
async function advance(room: Room, { adminDir, git }: Located, plan: Plan): Promise<GitError | undefined> {
  await clearLock(room, join(adminDir, "index"));
  const args = ["read-tree", "-m", "-u", plan.before, plan.commit];
  const output = await git.run(args);
  return output.code === 0 ? undefined : new GitError(args, output);
}

/** Where git touched nothing the intent is taken back; otherwise it stays, and whoever comes next finishes it. */
async function giveUp(
  room: Room,
  child: WorktreeRow,
  parent: Located,
  plan: Plan,
  failure: GitError,
): Promise<Result<never>> {
  const { untouched } = await progressOf(parent.git, parent.row.path, plan.changes);
  if (!untouched) throw failure;
  await takeBack(room, child, failure.stderr);
  return refuse("dirty_checkout", `git could not update ${parent.row.path}: ${failure.stderr}`);
}
