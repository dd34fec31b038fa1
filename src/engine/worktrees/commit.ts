import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { busyWith, clearLock } from "./busy.ts";
import { exists } from "./disk.ts";
import { type Located, locate } from "./inspect.ts";
import { reportLeftOut } from "./leftOut.ts";
import { branchRef, branchTip, commitAndTree, commitTree, moveAgentRef, sharedGit } from "./objects.ts";
import { finishResolution } from "./resolution.ts";
import { agentSignature, type Room } from "./room.ts";
import { changeRow, type WorktreeRow } from "./rows.ts";
import { stageAll } from "./stage.ts";

/**
 * Commits what is uncommitted in a worktree on the agent's own branch, and answers the branch's tip: the old one where
 * there was nothing, and the base of a worktree that was never made. The caller holds the worktree's lock and has
 * settled the merges into it.
 */
export async function commitUncommitted(room: Room, row: WorktreeRow, message: string): Promise<Result<string>> {
  if (row.status === "creating" && row.headCommit === null && !(await exists(row.path))) return ok(row.baseCommit);
  if (row.status === "creating") return ok((await branchTip(await sharedGit(room), row.branch)) ?? row.baseCommit);
  const located = await locate(room, row);
  if (!located.ok) {
    // What is to be resolved is nowhere but in the worktree.
    const isGone = located.refusal.code === "not_found" && row.status !== "conflicted";
    return isGone ? tipWithoutWorktree(room, row) : located;
  }
  if (row.status === "conflicted") return finishAndCommit(room, row, message);
  const busy = await busyWith(located.value.adminDir);
  if (busy !== undefined) {
    return refuse("busy_checkout", `${row.path} is in the middle of ${busy}: finish or abort it there first`);
  }
  const tip = await commitLocated(room, located.value, message);
  await rememberHead(room, row, tip);
  return ok(tip);
}

/** After a crash what was resolved can be committed already, and more was written since. */
async function finishAndCommit(room: Room, row: WorktreeRow, message: string): Promise<Result<string>> {
  const finished = await finishResolution(room, row);
  if (!finished.ok) return finished;
  const resolved: WorktreeRow = { ...row, status: "isolated", resolvingCommit: null, headCommit: finished.value };
  return commitUncommitted(room, resolved, message);
}

async function tipWithoutWorktree(room: Room, row: WorktreeRow): Promise<Result<string>> {
  const tip = await branchTip(await sharedGit(room), row.branch);
  if (tip !== undefined) return ok(tip);
  const last = row.headCommit ?? row.baseCommit;
  return refuse("not_found", `the branch ${row.branch} is gone; bring it back with: git branch ${row.branch} ${last}`);
}

async function commitLocated(room: Room, { row, adminDir, git }: Located, message: string): Promise<string> {
  await clearLock(room, join(adminDir, "index"));
  const { commit: tip, tree } = await commitAndTree(git, branchRef(row.branch));
  const staged = await stageAll(git);
  reportLeftOut(room, row, staged);
  if (staged.tree === tree) return tip;
  const signature = agentSignature(room, row);
  const commit = await commitTree(git, staged.tree, [tip], message, signature);
  await moveAgentRef(room, git, branchRef(row.branch), { from: tip, to: commit }, signature, "work");
  return commit;
}

async function rememberHead(room: Room, row: WorktreeRow, headCommit: string): Promise<void> {
  if (row.headCommit === headCommit) return;
  await room.store.transaction((tx) => changeRow(tx, row.agentId, room.clock.now(), { headCommit }));
}
