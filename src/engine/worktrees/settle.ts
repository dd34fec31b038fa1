import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { finishAdvance, progressOf } from "./advance.ts";
import { clearLock } from "./busy.ts";
import { type Checkout, checkoutOf, refuseLocked } from "./checkouts.ts";
import type { Git } from "./git.ts";
import { putBack } from "./hooks.ts";
import { type Plan, recordMerged, takeBack } from "./intent.ts";
import { madeWorktree } from "./merge-parent.ts";
import { intendedMerge } from "./mergeRows.ts";
import {
  branchRef,
  branchTip,
  changedPaths,
  isAncestor,
  moveAgentRef,
  moveRef,
  nameSome,
  resolveCommit,
  sharedGit,
} from "./objects.ts";
import { agentSignature, CHECKOUT_LOCK, type Room, worktreeLock } from "./room.ts";
import { mergingRows, rowOf, rowOfBranch, type WorktreeRow } from "./rows.ts";
import { takeSnapshot } from "./snapshot.ts";

/**
 * Finishes or takes back the merges into a branch that were begun and not finished. Whoever is about to work on the
 * branch calls it first, and holds its lock. Refuses where one of them can't be decided yet; nothing is touched then.
 */
export async function settleMergesInto(room: Room, branch: string): Promise<Result<null>> {
  const rows = await room.store.read((reader) => mergingRows(reader, branch));
  for (const row of rows) {
    const settled = await settle(room, row);
    if (!settled.ok) return settled;
  }
  return SETTLED;
}

const SETTLED: Result<null> = ok(null);

/** As `settleMergesInto` for the one merge of an agent's own work; takes the target's lock itself. */
export async function settleMergeOf(room: Room, agentId: string): Promise<Result<null>> {
  const row = await room.store.read((reader) => rowOf(reader, agentId));
  if (row?.status !== "merging") return SETTLED;
  const target = await room.store.read((reader) => rowOfBranch(reader, row.targetBranch));
  const lock = target === undefined ? CHECKOUT_LOCK : worktreeLock(target.agentId);
  return room.locks.run(lock, () => settleMergesInto(room, row.targetBranch));
}

/** Settles all of them; one that can't be decided yet stays as it is and is logged. */
export async function settleAll(room: Room): Promise<void> {
  for (const row of await room.store.read((reader) => mergingRows(reader))) {
    try {
      const settled = await settleMergeOf(room, row.agentId);
      if (!settled.ok) room.log.warn(settled.refusal.message, { agentId: row.agentId });
    } catch (error) {
      room.log.error("A merge that was cut off could not be settled", error, { agentId: row.agentId });
    }
  }
}

async function settle(room: Room, row: WorktreeRow): Promise<Result<null>> {
  const git = await sharedGit(room);
  const { targetBefore: before, mergeCommit: commit } = row;
  if (before === null || commit === null) throw new Error(`the merge of ${row.branch} has no recorded intent`);
  const tip = await branchTip(git, row.targetBranch);
  const target = await room.store.read((reader) => rowOfBranch(reader, row.targetBranch));
  if (tip === undefined || (await resolveCommit(git, commit)) === undefined) {
    return undo(room, row, `${row.targetBranch} or the merge commit is gone`);
  }
  if (await isAncestor(git, commit, tip)) {
    await recordMerged(room, row, { before, commit }, target?.agentId);
    return SETTLED;
  }
  if (tip !== before) return undo(room, row, `${row.targetBranch} moved before the merge was made`);
  const plan: Recorded = { before, commit, changes: await changedPaths(git, before, commit) };
  return target === undefined ? settleCheckout(room, row, plan) : settleWorktree(room, row, target, plan);
}

/** A recorded merge, as far as finishing it or taking it back goes. */
type Recorded = Pick<Plan, "before" | "commit" | "changes">;

async function undo(room: Room, row: WorktreeRow, reason: string): Promise<Result<null>> {
  await takeBack(room, row, reason);
  return SETTLED;
}

/** In an agent's worktree a merge is finished: what was there before is kept in a snapshot. */
async function settleWorktree(
  room: Room,
  row: WorktreeRow,
  target: WorktreeRow,
  plan: Recorded,
): Promise<Result<null>> {
  const located = await madeWorktree(room, target);
  if (!located.ok) return located;
  const { git, adminDir } = located.value;
  await clearLock(room, join(adminDir, "index"));
  await takeSnapshot(room, located.value);
  await finishAdvance(git, target.path, plan.changes, plan.commit);
  const signature = agentSignature(room, target);
  await moveAgentRef(room, git, branchRef(target.branch), { from: plan.before, to: plan.commit }, signature, "merge");
  await recordMerged(room, row, plan, target.agentId);
  return SETTLED;
}

/** In the user's checkout a merge is finished only if nobody wrote there since; where it never began it is taken back. */
async function settleCheckout(room: Room, row: WorktreeRow, plan: Recorded): Promise<Result<null>> {
  const checkout = await checkoutOf(room, row.targetBranch);
  if (checkout === undefined) return undo(room, row, "the merge had not begun");
  const locked = await refuseLocked(room, row.targetBranch, checkout);
  if (locked !== undefined) return locked;
  const git = room.repository.git.trusted(checkout, "filters");
  const { untouched, foreign } = await progressOf(git, checkout.workTree, plan.changes);
  if (untouched) return undo(room, row, "the merge had not begun");
  const intended = await room.store.read((reader) => intendedMerge(reader, row.agentId));
  if (intended?.awaitsHooks === 1) {
    await putBack(room, row, checkout, plan);
    return undo(room, row, "the repository's hooks had not agreed to the merge");
  }
  if (foreign.length > 0) {
    return refuse(
      "dirty_checkout",
      `the merge of ${row.branch} stopped half way in ${checkout.workTree}, where ${nameSome(foreign)} changed since: ` +
        "put back what is yours with git checkout HEAD -- FILE, then merge again",
    );
  }
  await finishInCheckout(room, row, checkout, git, plan);
  return SETTLED;
}

async function finishInCheckout(
  room: Room,
  row: WorktreeRow,
  checkout: Checkout,
  git: Git,
  plan: Recorded,
): Promise<void> {
  await finishAdvance(git, checkout.workTree, plan.changes, plan.commit);
  const move = { from: plan.before, to: plan.commit };
  await moveRef(git, branchRef(row.targetBranch), move, agentSignature(room, row), `merge ${row.branch}`);
  await recordMerged(room, row, plan, undefined);
  room.log.info("Finished a merge that was cut off", { agentId: row.agentId, into: checkout.workTree });
}
