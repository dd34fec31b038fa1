import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Resolution } from "../../protocol/records.ts";
import { clearLock } from "./busy.ts";
import { exists } from "./disk.ts";
import { type Git, GitError, records } from "./git.ts";
import { type Located, locate } from "./inspect.ts";
import { markedFiles } from "./markers.ts";
import { mergeBaseFor } from "./mergeBase.ts";
import {
  branchRef,
  branchTip,
  commitTree,
  isAncestor,
  mergeBaseOf,
  mergeTrees,
  moveAgentRef,
  NEW,
  nameSome,
  resolveCommit,
} from "./objects.ts";
import { agentSignature, type Room } from "./room.ts";
import { changeRow, moveRow, type WorktreeRow } from "./rows.ts";
import { takeSnapshot } from "./snapshot.ts";
import { stageAll } from "./stage.ts";

/** What git locks in a worktree's own folder while it merges there. */
const MERGE_WRITES = ["index", "HEAD", "ORIG_HEAD", "MERGE_HEAD", "AUTO_MERGE"];

/** Lets git merge in the worktree; that it conflicts is an answer. */
export async function mergeTarget(
  room: Room,
  { row, git, adminDir }: Located,
  tip: string,
  target: string,
): Promise<void> {
  for (const file of MERGE_WRITES) await clearLock(room, join(adminDir, file));
  const signature = agentSignature(room, row);
  // The user's changes that it took along are in its history: compared with them, they would be taken out of it.
  const base = row.carriedCommit === null ? await mergeBaseFor(room, git, row, target) : null;
  const args =
    base === null
      ? ["merge", "--no-commit", "--no-ff", "--quiet", "--no-stat", "--no-autostash", target]
      : ["merge-recursive", base, "--", tip, target];
  const output = await git.run(args, { signature, refreshIndex: true });
  if (output.code !== 0 && output.code !== 1) throw new GitError(args, output);
  if (base !== null) await git.mustRun(["update-ref", "MERGE_HEAD", target]);
  if (!(await exists(join(adminDir, "MERGE_HEAD")))) throw new GitError(args, output);
}

/** What is to be resolved; undefined where nothing is. A merge that a crash kept from beginning is begun. */
export async function resolutionOf(room: Room, row: WorktreeRow): Promise<Result<Resolution>> {
  const { resolvingCommit } = row;
  if (resolvingCommit === null) return refuse("illegal_move", `${row.branch} has no conflicts to resolve`);
  const located = await locate(room, row);
  if (!located.ok) return located;
  const { git, adminDir } = located.value;
  const isDone = await isResolved(git, row, resolvingCommit);
  if (!isDone && !(await exists(join(adminDir, "MERGE_HEAD")))) {
    await beginAgain(room, located.value, resolvingCommit);
  }
  const { agentId, path, targetBranch } = row;
  const files = isDone ? [] : await unmerged(git);
  return ok({ agentId, path, targetBranch, targetCommit: resolvingCommit, files });
}

/** Whether the branch has what was resolved already: a crash can come before the row says so. */
async function isResolved(git: Git, row: WorktreeRow, target: string): Promise<boolean> {
  const tip = await branchTip(git, row.branch);
  return tip !== undefined && isAncestor(git, target, tip);
}

/** Git was killed over the merge, or never got to it: nobody has resolved anything yet. */
async function beginAgain(room: Room, located: Located, target: string): Promise<void> {
  const tip = await branchTip(located.git, located.row.branch);
  if (tip === undefined) throw new Error(`the branch ${located.row.branch} is gone`);
  await takeSnapshot(room, located);
  await clearLock(room, join(located.adminDir, "index"));
  await located.git.mustRun(["read-tree", "--reset", "-u", tip]);
  await mergeTarget(room, located, tip, target);
}

/** Files that the index has in more than one version. */
async function unmerged(git: Git): Promise<string[]> {
  const names = records(await git.mustRun(["diff", "--name-only", "--diff-filter=U", "-z", "--no-ext-diff"]));
  return [...new Set(names)].sort();
}

/**
 * Commits what was resolved, with both histories; refuses with `conflict` as long as a file that conflicted holds conflict
 * markers. The caller holds the worktree's lock.
 */
export async function finishResolution(room: Room, row: WorktreeRow): Promise<Result<string>> {
  const resolution = await resolutionOf(room, row);
  if (!resolution.ok) return resolution;
  const { files, targetCommit } = resolution.value;
  const marked = await markedFiles(row.path, files);
  if (marked.length > 0) {
    return refuse("conflict", `conflict markers still stand in ${nameSome(marked)}: resolve them in ${row.path} first`);
  }
  const located = await locate(room, row);
  if (!located.ok) return located;
  const { git } = located.value;
  const tip = await branchTip(git, row.branch);
  if (tip === undefined) return refuse("not_found", `the branch ${row.branch} is gone`);
  // A crash after the branch moved has only the rest to do.
  const done = await isAncestor(git, targetCommit, tip);
  const commit = done ? tip : await commitResolved(room, located.value, tip, targetCommit);
  await git.mustRun(["merge", "--quit"]);
  await recordResolved(room, row, commit, await nextMergeBase(room, git, row, targetCommit));
  return ok(commit);
}

async function commitResolved(
  room: Room,
  { row, git, adminDir }: Located,
  tip: string,
  target: string,
): Promise<string> {
  await clearLock(room, join(adminDir, "index"));
  const { tree } = await stageAll(git);
  const signature = agentSignature(room, row);
  const commit = await commitTree(git, tree, [tip, target], `Merge ${row.targetBranch} into ${row.branch}`, signature);
  await moveAgentRef(room, git, branchRef(row.branch), { from: tip, to: commit }, signature, "merge");
  return commit;
}

async function recordResolved(
  room: Room,
  row: WorktreeRow,
  headCommit: string,
  mergeBase: string | null,
): Promise<void> {
  const change = { resolvingCommit: null, headCommit, mergeBase };
  await room.store.transaction((tx) =>
    moveRow(tx, row.agentId, room.clock.now(), "isolated", "conflicts resolved", change),
  );
}

/** The ref that keeps the user's own changes in a work, as of the newest of the user's commits that is in it. */
const carriedRef = (agentId: string) => `refs/banyan/carried/${agentId}`;

/**
 * The branch has the target's history from now on, so that git's own merge base tells; but for the user's uncommitted
 * changes: these are in the work and not in the target.
 */
async function nextMergeBase(room: Room, git: Git, row: WorktreeRow, target: string): Promise<string | null> {
  const { carriedCommit } = row;
  if (carriedCommit === null) return null;
  const before = await mergeBaseOf(git, target, carriedCommit);
  const merged = before === undefined ? undefined : await mergeTrees(git, target, carriedCommit, before);
  if (merged?.kind !== "clean") return target;
  const signature = agentSignature(room, row);
  const commit = await commitTree(git, merged.tree, [target], "The user's uncommitted changes", signature);
  const ref = carriedRef(row.agentId);
  await moveAgentRef(
    room,
    git,
    ref,
    { from: (await resolveCommit(git, ref)) ?? NEW, to: commit },
    signature,
    "carried",
  );
  return commit;
}

/** Puts the worktree back to before the merge; what was resolved by then is kept in a snapshot. */
export async function abandonResolution(room: Room, row: WorktreeRow): Promise<Result<null>> {
  const resolution = await resolutionOf(room, row);
  if (!resolution.ok) return resolution;
  const located = await locate(room, row);
  if (!located.ok) return located;
  const { git, adminDir } = located.value;
  if (await isResolved(git, row, resolution.value.targetCommit)) {
    return refuse("illegal_move", `${row.branch} has what was resolved already: finish that`);
  }
  await takeSnapshot(room, located.value);
  await clearLock(room, join(adminDir, "index"));
  await git.mustRun(["read-tree", "--reset", "-u", row.branch]);
  await git.mustRun(["merge", "--quit"]);
  const at = room.clock.now();
  await room.store.transaction(async (tx) => {
    await moveRow(tx, row.agentId, at, "isolated", "the merge was abandoned", { resolvingCommit: null });
    await changeRow(tx, row.agentId, at, { headCommit: row.headCommit ?? row.baseCommit });
  });
  return ok(null);
}

/**
 * The resolution under way, as far as it can be read; null where there is none. Changes nothing: whoever reads holds no
 * lock, and the merge may be about to begin or to be committed.
 */
export async function currentResolution(room: Room, row: WorktreeRow): Promise<Resolution | null> {
  const { agentId, path, targetBranch, resolvingCommit: targetCommit } = row;
  if (row.status !== "conflicted" || targetCommit === null) return null;
  const located = await locate(room, row);
  if (!located.ok) return null;
  const { git, adminDir } = located.value;
  const isUnderWay = await exists(join(adminDir, "MERGE_HEAD"));
  const files = isUnderWay ? await unmerged(git) : await foreseen(room, git, row, targetCommit);
  return { agentId, path, targetBranch, targetCommit, files };
}

/** Files that a merge of the target will conflict in; none where the branch has it already. */
async function foreseen(room: Room, git: Git, row: WorktreeRow, target: string): Promise<string[]> {
  const tip = await branchTip(git, row.branch);
  if (tip === undefined) return [];
  const merged = await mergeTrees(git, target, tip, (await mergeBaseFor(room, git, row, target)) ?? undefined);
  return merged.kind === "conflict" ? [...merged.files] : [];
}
