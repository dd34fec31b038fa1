import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeReport } from "../../protocol/records.ts";
import type { MergeManner } from "../../protocol/words.ts";
import type { Git, Signature } from "./git.ts";
import { endMerge, insertMerge, intendedMerge } from "./mergeRows.ts";
import {
  changedPaths,
  commitAndTree,
  commitTree,
  isAncestor,
  type MergedTree,
  nameSome,
  type PathChange,
} from "./objects.ts";
import type { Room } from "./room.ts";
import { changeRow, moveRow, type WorktreeRow } from "./rows.ts";

/** What of an agent's work is to be merged, and how. */
export interface Source {
  /** The tip of its branch. */
  readonly tip: string;
  /** What is merged of it: the tip, or a commit of the parts that were accepted. */
  readonly merged: string;
  readonly manner: MergeManner;
  /** What it is compared with; null: git's own merge base. */
  readonly base: string | null;
  /** Merges it with a target's tip. */
  readonly mergeWith: (target: string) => Promise<MergedTree>;
}

/** A merge that is worked out and not yet made: nothing but objects was written. */
export interface Plan {
  readonly source: Source;
  /** The target's tip before. */
  readonly before: string;
  /** What the target's tip is to become. */
  readonly commit: string;
  readonly changes: readonly PathChange[];
}

interface Target {
  readonly tip: string;
  /** For people. */
  readonly name: string;
}

/** The plan of a merge; null where the target has it all. Refuses with `conflict`, naming the files. */
export async function planMerge(
  git: Git,
  branch: string,
  target: Target,
  source: Source,
  message: string,
  signature: Signature,
): Promise<Result<Plan | null>> {
  if (await hasItAll(git, source.base, target.tip, source.merged)) return ok(null);
  const merged = await source.mergeWith(target.tip);
  if (merged.kind === "conflict") {
    const files = nameSome(merged.files);
    return refuse("conflict", `${branch} and ${target.name} changed the same places in ${files}: nothing was merged`);
  }
  const parents = source.manner === "squash" ? [target.tip] : [target.tip, source.merged];
  const commit = await commitTree(git, merged.tree, parents, message, signature);
  return ok({ source, before: target.tip, commit, changes: await changedPaths(git, target.tip, commit) });
}

async function hasItAll(git: Git, base: string | null, target: string, merged: string): Promise<boolean> {
  if (base === null) return isAncestor(git, merged, target);
  return (await commitAndTree(git, base)).tree === (await commitAndTree(git, merged)).tree;
}

/** Records what is about to happen to the target, so that a crash can be finished or taken back. */
export async function recordIntent(room: Room, row: WorktreeRow, plan: Plan, awaitsHooks = false): Promise<string> {
  const id = room.ids.unique();
  const at = room.clock.now();
  const { targetBranch } = row;
  const change = { targetBranch, mergeCommit: plan.commit, targetBefore: plan.before, headCommit: plan.source.tip };
  await room.store.transaction(async (tx) => {
    await moveRow(tx, row.agentId, at, "merging", `into ${targetBranch}`, { ...change, removedAt: null });
    await insertMerge(tx, {
      ...{ id, agentId: row.agentId, targetBranch, manner: plan.source.manner, begunAt: at },
      sourceCommit: plan.source.tip,
      mergedCommit: plan.source.merged,
      mergeBaseBefore: row.mergeBase,
      targetBefore: plan.before,
      mergeCommit: plan.commit,
      awaitsHooks: awaitsHooks ? 1 : 0,
    });
  });
  return id;
}

/**
 * Records that the target has the work, or the part of it that was merged; with the target's row, where it is an agent's,
 * its new tip too.
 */
export async function recordMerged(
  room: Room,
  row: WorktreeRow,
  merge: { readonly before: string; readonly commit: string },
  targetAgentId: string | undefined,
): Promise<void> {
  const at = room.clock.now();
  await room.store.transaction(async (tx) => {
    const intended = await intendedMerge(tx, row.agentId);
    const part = intended !== undefined && intended.mergedCommit !== intended.sourceCommit;
    let { mergeBase } = row;
    if (intended !== undefined) {
      mergeBase = part || intended.manner === "squash" ? intended.mergedCommit : null;
      await endMerge(tx, intended.id, "made", null, at);
    }
    // The rest of work that was merged in part is open as before.
    const whole = { mergeCommit: merge.commit, targetBefore: merge.before, mergeBase };
    const change = part ? { mergeCommit: null, targetBefore: null, mergeBase } : whole;
    const reason = part ? `in part into ${row.targetBranch}` : `into ${row.targetBranch}`;
    await moveRow(tx, row.agentId, at, part ? "isolated" : "merged", reason, { ...change, removedAt: null });
    if (targetAgentId !== undefined) await changeRow(tx, targetAgentId, at, { headCommit: merge.commit });
  });
}

/** Takes an intent back: the target is as it was. */
export async function takeBack(room: Room, row: WorktreeRow, reason: string): Promise<void> {
  const at = room.clock.now();
  await room.store.transaction(async (tx) => {
    const intended = await intendedMerge(tx, row.agentId);
    if (intended !== undefined) await endMerge(tx, intended.id, "taken_back", reason, at);
    await moveRow(tx, row.agentId, at, "isolated", reason, { mergeCommit: null, targetBefore: null });
  });
}

/** The report of a merge that was made before and still holds all of the work; undefined where there is none. */
export async function formerReport(
  git: Git,
  row: WorktreeRow,
  target: string,
  source: Source,
): Promise<MergeReport | undefined> {
  const { mergeCommit, targetBefore } = row;
  if ((row.status !== "merged" && row.status !== "removed") || mergeCommit === null || targetBefore === null) {
    return undefined;
  }
  if (!(await isAncestor(git, mergeCommit, target)) || !(await hasItAll(git, source.base, target, source.merged))) {
    return undefined;
  }
  const changes = await changedPaths(git, targetBefore, mergeCommit);
  return reportOf({ commit: mergeCommit, changes });
}

export const reportOf = (plan: Pick<Plan, "commit" | "changes">): MergeReport => ({
  mergeCommit: plan.commit,
  files: plan.changes.map((change) => change.path),
});
