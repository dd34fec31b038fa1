import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeReport } from "../../protocol/records.ts";
import type { Git, Signature } from "./git.ts";
import { changedPaths, commitTree, isAncestor, mergeTrees, nameSome, type PathChange } from "./objects.ts";
import type { Room } from "./room.ts";
import { changeRow, moveRow, type WorktreeRow } from "./rows.ts";

/** A merge that is worked out and not yet made: nothing but objects was written. */
export interface Plan {
  /** The target's tip before. */
  readonly before: string;
  /** What the target's tip is to become. */
  readonly commit: string;
  readonly changes: readonly PathChange[];
}

interface Side {
  readonly tip: string;
  /** For people. */
  readonly name: string;
}

/** The plan of a merge; null where the target has it all. Refuses with `conflict`, naming the files. */
export async function planMerge(
  git: Git,
  target: Side,
  source: Side,
  message: string,
  signature: Signature,
): Promise<Result<Plan | null>> {
  if (await isAncestor(git, source.tip, target.tip)) return ok(null);
  const merged = await mergeTrees(git, target.tip, source.tip);
  if (merged.kind === "conflict") {
    const files = nameSome(merged.files);
    return refuse(
      "conflict",
      `${source.name} and ${target.name} changed the same places in ${files}: nothing was merged`,
    );
  }
  const commit = await commitTree(git, merged.tree, [target.tip, source.tip], message, signature);
  return ok({ before: target.tip, commit, changes: await changedPaths(git, target.tip, commit) });
}

/** Records what is about to happen to the target, so that a crash can be finished or taken back. */
export async function recordIntent(room: Room, row: WorktreeRow, plan: Plan, head: string): Promise<void> {
  const change = { mergeCommit: plan.commit, targetBefore: plan.before, headCommit: head };
  await room.store.transaction((tx) =>
    moveRow(tx, row.agentId, room.clock.now(), "merging", `into ${row.targetBranch}`, change),
  );
}

/** Records that the target has the work; with the target's row, where it is an agent's, its new tip too. */
export async function recordMerged(
  room: Room,
  row: WorktreeRow,
  merge: { readonly before: string; readonly commit: string },
  targetAgentId: string | undefined,
): Promise<void> {
  const at = room.clock.now();
  await room.store.transaction(async (tx) => {
    const change = { mergeCommit: merge.commit, targetBefore: merge.before };
    await moveRow(tx, row.agentId, at, "merged", `into ${row.targetBranch}`, change);
    if (targetAgentId !== undefined) await changeRow(tx, targetAgentId, at, { headCommit: merge.commit });
  });
}

/** Takes an intent back: the target is as it was. */
export async function takeBack(room: Room, row: WorktreeRow, reason: string): Promise<void> {
  await room.store.transaction((tx) =>
    moveRow(tx, row.agentId, room.clock.now(), "isolated", reason, { mergeCommit: null, targetBefore: null }),
  );
}

/** The report of a merge that was made before and still holds all of the work; undefined where there is none. */
export async function formerReport(
  git: Git,
  row: WorktreeRow,
  tips: { readonly source: string; readonly target: string },
): Promise<MergeReport | undefined> {
  const { mergeCommit, targetBefore } = row;
  if ((row.status !== "merged" && row.status !== "removed") || mergeCommit === null || targetBefore === null) {
    return undefined;
  }
  if (!(await isAncestor(git, tips.source, tips.target))) return undefined;
  const changes = await changedPaths(git, targetBefore, mergeCommit);
  return reportOf({ commit: mergeCommit, changes });
}

export const reportOf = (plan: Pick<Plan, "commit" | "changes">): MergeReport => ({
  mergeCommit: plan.commit,
  files: plan.changes.map((change) => change.path),
});
