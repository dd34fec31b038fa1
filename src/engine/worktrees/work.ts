import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Git } from "./git.ts";
import { mergeBaseFor } from "./mergeBase.ts";
import { branchTip, commitAndTree, isAncestor, mergeBaseOf, resolveCommit, sharedGit } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/** An agent's work, as far as the branch that it is to be merged into doesn't have it. */
export interface Work {
  readonly git: Git;
  /** What it is compared with. */
  readonly base: string;
  /** The newest commit of it: of an agent at work, its last snapshot. */
  readonly head: string;
  /** The tip of its branch. */
  readonly tip: string;
  /** The target's tip; undefined where that branch is gone. */
  readonly target: string | undefined;
  /** What a merge compares with; null: git's own merge base. */
  readonly mergeBase: string | null;
}

/** Refuses with `not_found` where branch or base are gone. */
export async function workOf(room: Room, row: WorktreeRow): Promise<Result<Work>> {
  const git = await sharedGit(room);
  const tip = (await branchTip(git, row.branch)) ?? (row.status === "creating" ? row.baseCommit : undefined);
  if (tip === undefined || (await resolveCommit(git, row.baseCommit)) === undefined) return branchGone(row);
  const target = await branchTip(git, row.targetBranch);
  const head = await newestOf(git, row, tip);
  const mergeBase = target === undefined ? row.mergeBase : await mergeBaseFor(room, git, row, target);
  const common = mergeBase ?? (target === undefined ? undefined : await mergeBaseOf(git, target, head));
  // Work that the target has in full is compared with what it began from.
  const base = common === undefined || common === head ? row.baseCommit : common;
  return ok({ git, tip, head, target, mergeBase, base });
}

export function branchGone(row: WorktreeRow): Result<never> {
  const last = row.headCommit ?? row.baseCommit;
  return refuse("not_found", `the branch ${row.branch} is gone; bring it back with: git branch ${row.branch} ${last}`);
}

/** The last snapshot, where it has more than the branch. */
async function newestOf(git: Git, row: WorktreeRow, tip: string): Promise<string> {
  const { snapshotCommit } = row;
  if (row.status !== "isolated" || snapshotCommit === null || snapshotCommit === tip) return tip;
  if ((await resolveCommit(git, snapshotCommit)) === undefined || !(await isAncestor(git, tip, snapshotCommit)))
    return tip;
  const [branch, snapshot] = [await commitAndTree(git, tip), await commitAndTree(git, snapshotCommit)];
  return branch.tree === snapshot.tree ? tip : snapshotCommit;
}
