import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeRecord } from "../../protocol/records.ts";
import { finishAdvance, progressOf } from "./advance.ts";
import { type Checkout, checkoutOf, refreshIndex, refuseLocked } from "./checkouts.ts";
import { readyCheckout } from "./merge-checkout.ts";
import {
  beginUndoing,
  endMerge,
  lastMade,
  type MergeRow,
  mergeRecordOf,
  mergeRows,
  undoingMerges,
} from "./mergeRows.ts";
import { branchRef, branchTip, changedPaths, moveRef, nameSome, type PathChange, sharedGit } from "./objects.ts";
import { agentSignature, CHECKOUT_LOCK, type Room, worktreeLock } from "./room.ts";
import { moveRow, rowOf, rowOfBranch, type WorktreeRow } from "./rows.ts";

/** The last merge of an agent's work, when it can be taken back: into a branch of the user's, on which nothing came on top. */
export async function undoableMerge(room: Room, agentId: string): Promise<MergeRecord | null> {
  const found = await findUndoable(room, agentId);
  return found.ok ? mergeRecordOf(found.value) : null;
}

async function findUndoable(room: Room, agentId: string): Promise<Result<MergeRow>> {
  const merge = await room.store.read((reader) => lastMade(reader, agentId));
  if (merge === undefined) return refuse("not_found", "none of this agent's work was merged, or it was undone");
  const agents = await room.store.read((reader) => rowOfBranch(reader, merge.targetBranch));
  if (agents !== undefined) {
    return refuse(
      "illegal_move",
      `the work went into ${merge.targetBranch}, an agent's own branch: only that agent goes on there`,
    );
  }
  const tip = await branchTip(await sharedGit(room), merge.targetBranch);
  if (tip === merge.mergeCommit) return ok(merge);
  return refuse(
    "illegal_move",
    tip === merge.targetBefore
      ? `${merge.targetBranch} does not hold the merge any more`
      : `something came on top of the merge on ${merge.targetBranch}: undo it with git revert -m 1 ${merge.mergeCommit}`,
  );
}

/**
 * Takes the last merge into a branch of the user's back: files, index and branch are as they were, whole or not at all.
 * The caller holds the lock of the agent's worktree and `CHECKOUT_LOCK`, and has settled the merges into both.
 */
export async function undoMerge(room: Room, row: WorktreeRow): Promise<Result<MergeRecord>> {
  const found = await findUndoable(room, row.agentId);
  if (!found.ok) return found;
  const merge = found.value;
  const changes = await changesOf(room, merge);
  const checkout = await readyCheckout(room, merge.targetBranch, changes, "undo the merge");
  if (!checkout.ok) return checkout;
  await room.store.transaction((tx) => beginUndoing(tx, merge.id));
  if (checkout.value !== undefined) {
    const refused = await takeFilesBack(room, merge, checkout.value, changes);
    if (refused !== undefined) return refused;
  }
  await moveBack(room, row, merge, checkout.value);
  return ok({ ...mergeRecordOf(merge), state: "undone" });
}

const changesOf = async (room: Room, merge: MergeRow): Promise<PathChange[]> =>
  changedPaths(await sharedGit(room), merge.mergeCommit, merge.targetBefore);

/** Git checks all files before it writes the first. */
async function takeFilesBack(
  room: Room,
  merge: MergeRow,
  checkout: Checkout,
  changes: readonly PathChange[],
): Promise<Result<never> | undefined> {
  const git = room.repository.git.trusted(checkout, "filters");
  await refreshIndex(git);
  const output = await git.run(["read-tree", "-m", "-u", merge.mergeCommit, merge.targetBefore]);
  if (output.code === 0) return undefined;
  const { untouched } = await progressOf(git, checkout.workTree, changes);
  const reason = output.stderr.trim();
  if (!untouched) throw new Error(`git stopped in the middle of undoing a merge in ${checkout.workTree}: ${reason}`);
  await room.store.transaction((tx) => endMerge(tx, merge.id, "made", null, room.clock.now()));
  return refuse("dirty_checkout", `git did not undo the merge in ${checkout.workTree}: ${reason}`);
}

async function moveBack(room: Room, row: WorktreeRow, merge: MergeRow, checkout: Checkout | undefined): Promise<void> {
  const git = checkout === undefined ? await sharedGit(room) : room.repository.git.trusted(checkout, "filters");
  const move = { from: merge.mergeCommit, to: merge.targetBefore };
  await moveRef(git, branchRef(merge.targetBranch), move, agentSignature(room, row), `undo the merge of ${row.branch}`);
  await recordUndone(room, row, merge);
}

async function recordUndone(room: Room, row: WorktreeRow, merge: MergeRow): Promise<void> {
  const at = room.clock.now();
  const change = { mergeBase: merge.mergeBaseBefore, mergeCommit: null, targetBefore: null };
  await room.store.transaction(async (tx) => {
    await endMerge(tx, merge.id, "undone", null, at);
    await moveRow(
      tx,
      row.agentId,
      at,
      row.status === "merged" ? "isolated" : row.status,
      "the merge was undone",
      change,
    );
  });
}

/** Finishes or gives up the undoings that a crash cut off; one that can't be decided yet stays, and is logged. */
export async function settleUndoings(room: Room): Promise<void> {
  for (const merge of await room.store.read(undoingMerges)) {
    try {
      await room.locks.runAll([worktreeLock(merge.agentId), CHECKOUT_LOCK], () => settleUndoing(room, merge));
    } catch (error) {
      room.log.error("Undoing a merge was cut off and could not be settled", error, { agentId: merge.agentId });
    }
  }
}

async function settleUndoing(room: Room, merge: MergeRow): Promise<void> {
  const row = await room.store.read((reader) => rowOf(reader, merge.agentId));
  if (row === undefined) return;
  const tip = await branchTip(await sharedGit(room), merge.targetBranch);
  if (tip === merge.targetBefore) return recordUndone(room, row, merge);
  const stays = () => room.store.transaction((tx) => endMerge(tx, merge.id, "made", null, room.clock.now()));
  if (tip !== merge.mergeCommit) return stays();
  const checkout = await checkoutOf(room, merge.targetBranch);
  if (checkout === undefined) return moveBack(room, row, merge, undefined);
  const locked = await refuseLocked(room, merge.targetBranch, checkout);
  if (locked !== undefined) return room.log.warn("Undoing a merge waits", { agentId: row.agentId });
  const changes = await changesOf(room, merge);
  const git = room.repository.git.trusted(checkout, "filters");
  const { untouched, foreign } = await progressOf(git, checkout.workTree, changes);
  if (untouched) return stays();
  if (foreign.length > 0) {
    return room.log.warn("Undoing a merge stopped half way, and files changed since", { files: nameSome(foreign) });
  }
  await finishAdvance(git, checkout.workTree, changes, merge.targetBefore);
  return moveBack(room, row, merge, checkout);
}

/** Every merge of an agent's work, or of all agents', oldest first. */
export const mergesOf = async (room: Room, agentId?: string): Promise<MergeRecord[]> =>
  (await room.store.read((reader) => mergeRows(reader, agentId))).map(mergeRecordOf);
