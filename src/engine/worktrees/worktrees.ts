import type { Clock } from "../../base/clock.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import type { Logger } from "../../base/log.ts";
import type { Store } from "../store/port.ts";
import { createCollisionRadar } from "./collisions.ts";
import { commitUncommitted } from "./commit.ts";
import { readFileAt, workDiff, workPatch } from "./diff.ts";
import { clearHalfMade, ensureWorktree, reserve } from "./ensure.ts";
import { worktreeFiles } from "./files.ts";
import { findRow } from "./findRow.ts";
import { worktreeHistory } from "./history.ts";
import { leftOutByAgent } from "./ignored.ts";
import { locate } from "./inspect.ts";
import { settleRemovals } from "./leavings.ts";
import { KeyedMutex } from "./locks.ts";
import { mergeIntoCheckout, usualMerge } from "./merge-checkout.ts";
import { mergeIntoParent } from "./merge-parent.ts";
import { cleanOrphan, findOrphans } from "./orphans.ts";
import { placeOf, refuseUnusable, usualPlace } from "./place.ts";
import { createPool } from "./pool.ts";
import { Turns } from "./populate.ts";
import type { Worktrees } from "./port.ts";
import { purge, sweep } from "./purge.ts";
import { reconcile } from "./reconcile.ts";
import { answered } from "./refused.ts";
import { removeWorktree } from "./removal.ts";
import { checkedOut, type Repository } from "./repository.ts";
import { abandonResolution, finishResolution } from "./resolution.ts";
import { beginResolution } from "./resolve.ts";
import { writeKept } from "./restore.ts";
import { createReviews } from "./reviews.ts";
import {
  CHECKOUT_LOCK,
  defaultSettings,
  keepingLock,
  type Room,
  type WorktreesSettings,
  worktreeLock,
} from "./room.ts";
import { allRows, inheritTarget, recordOf, rowOf, type WorktreeRow } from "./rows.ts";
import { clearScratch } from "./scratch.ts";
import { settleAll, settleMergeOf, settleMergesInto } from "./settle.ts";
import { setUp } from "./setUp.ts";
import { takeSnapshot } from "./snapshot.ts";
import { branchesOf, startOf } from "./start.ts";
import { mergesOf, settleUndoings, undoMerge } from "./undo.ts";

export interface WorktreesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly repository: Repository;
  readonly settings?: Partial<WorktreesSettings>;
}

/** What the parts of this room share. */
export function createRoom(deps: WorktreesDeps): Room {
  const settings = { ...defaultSettings, ...deps.settings };
  const place = placeOf(deps.repository, settings.folder);
  const folder = place.ok ? place.value : usualPlace(deps.repository);
  const background = new Set<Promise<void>>();
  const room: Room = {
    ...deps,
    settings,
    folder,
    locks: new KeyedMutex(),
    turns: new Turns(),
    told: new Map(),
    inBackground(work) {
      background.add(work);
      void work.finally(() => background.delete(work));
    },
    async idle() {
      while (background.size > 0) await Promise.all(background);
    },
    get pool() {
      return pool;
    },
  };
  const pool = createPool(room);
  return room;
}

/** The room that owns git; see the port for what each part promises. */
export function createWorktrees(deps: WorktreesDeps): Worktrees {
  const room = createRoom(deps);
  const radar = createCollisionRadar(room);

  const row = (agentId: string) => readRow(room, agentId);
  const lockedIn = <T>(keys: readonly string[], body: () => Promise<Result<T>>) =>
    answered(room.locks.runAll(keys, body));
  /** Alone in an agent's worktree, with the merges into it settled. */
  const inside = <T>(agentId: string, body: (row: WorktreeRow) => Promise<Result<T>>): Promise<Result<T>> =>
    lockedIn([worktreeLock(agentId)], async () => {
      const found = await findRow(room, agentId);
      if (!found.ok) return found;
      const settled = await settleMergesInto(room, found.value.branch);
      return settled.ok ? body(await row(agentId)) : settled;
    });
  let removals = 0;
  /** Asked for while its lock is still held, so that whoever asks for it after that waits for the end of this. */
  const settleSoon = (agentId: string) => {
    const turn = keepingLock(removals++);
    const settling = room.locks.run(worktreeLock(agentId), () =>
      room.locks.run(turn, async () => settleRemovals(room, await row(agentId))),
    );
    const later = "A removal could not be finished: it is tried again at the next start";
    room.inBackground(settling.catch((error) => deps.log.error(later, error, { agentId })));
  };

  return {
    checkedOut: () => checkedOut(room.repository),
    startOf: async (wish) => (await refuseUnusable(room)) ?? startOf(room, wish),
    branches: () => branchesOf(room),
    reserve: (tx, plan) => reserve(room, tx, plan),
    inheritTarget: (tx, agentId, endedId) => inheritTarget(tx, agentId, endedId, room.clock.now()),

    async ensure(agentId, signal) {
      const settled = await settleMergeOf(room, agentId);
      if (!settled.ok) return settled;
      const made = await inside(agentId, (current) =>
        ensureWorktree(room, current, (each, isNew) => setUp(room, each, isNew, signal)),
      );
      return made.ok ? ok(recordOf(made.value)) : made;
    },

    commitWork: async (agentId, message) =>
      orThrow(await inside(agentId, (current) => commitUncommitted(room, current, message))),

    snapshot: async (agentId) =>
      orThrow(
        await inside(agentId, async (current) => {
          const located = await locate(room, current);
          return located.ok ? ok(await takeSnapshot(room, located.value)) : located;
        }),
      ),

    async mergeIntoParent(childId, parentId, message) {
      const { branch } = await row(parentId);
      const { targetBranch } = await row(childId);
      if (targetBranch !== branch) {
        return refuse("bad_input", `${childId} is no child of ${parentId}: its work goes to ${targetBranch}`);
      }
      return lockedIn([worktreeLock(childId), worktreeLock(parentId)], async () => {
        const settled = await settleEach(room, [(await row(childId)).branch, branch]);
        return settled.ok ? mergeIntoParent(room, await row(childId), await row(parentId), message) : settled;
      });
    },

    mergeIntoCheckout: (agentId, message, how = {}) =>
      lockedIn([worktreeLock(agentId), CHECKOUT_LOCK], async () => {
        const found = await findRow(room, agentId);
        if (!found.ok) return found;
        const { branch, targetBranch } = found.value;
        const settled = await settleEach(room, [branch, targetBranch, how.into ?? targetBranch]);
        return settled.ok ? mergeIntoCheckout(room, await row(agentId), message, { ...usualMerge, ...how }) : settled;
      }),

    merges: (agentId) => mergesOf(room, agentId),
    undoMerge: (agentId) =>
      lockedIn([worktreeLock(agentId), CHECKOUT_LOCK], async () => {
        const found = await findRow(room, agentId);
        if (!found.ok) return found;
        const settled = await settleEach(room, [found.value.branch, found.value.targetBranch]);
        return settled.ok ? undoMerge(room, await row(agentId)) : settled;
      }),
    beginResolution: (agentId) => inside(agentId, (current) => beginResolution(room, current)),
    finishResolution: (agentId) => inside(agentId, async (current) => nothingOf(await finishResolution(room, current))),
    abandonResolution: (agentId) => inside(agentId, (current) => abandonResolution(room, current)),
    collisions: () => radar.look(),

    reviews: createReviews(room),

    async recover() {
      await clearScratch(room);
      await settleAll(room);
      await settleUndoings(room);
      const rows = await room.store.read(allRows);
      await clearHalfMade(room, rows);
      await room.pool.recover();
      await reconcile(room, rows);
    },

    remove: async (agentId) => {
      const removed = await inside(agentId, async (current) => {
        const answer = await removeWorktree(room, current);
        if (answer.ok) settleSoon(agentId);
        return answer;
      });
      return removed.ok ? ok(recordOf(removed.value)) : removed;
    },

    leftOut: (records) => leftOutByAgent(room, records),
    writeKept: (kept, folder) => writeKept(room, kept, folder),
    orphans: (archived) => findOrphans(room, archived),
    cleanOrphan: (orphan) => cleanOrphan(room, orphan),
    purge: (agentIds) => purge(room, agentIds),
    sweep: () => sweep(room),

    holding: (agentIds, work) => room.locks.runAll([...agentIds.map(worktreeLock), CHECKOUT_LOCK], work),

    async get(reader, agentId) {
      const found = await rowOf(reader, agentId);
      return found === undefined ? undefined : recordOf(found);
    },
    list: async () => (await room.store.read(allRows)).map(recordOf),
    diff: async (agentId) => workDiff(room, await row(agentId)),
    patch: async (agentId) => workPatch(room, await row(agentId)),
    readFileAt: (commit, path) => readFileAt(room, commit, path),
    files: (record) => worktreeFiles(room, record),
    history: (record) => worktreeHistory(room, record.agentId, (body) => inside(record.agentId, body)),

    async dispose() {
      await room.pool.dispose();
      await room.idle();
    },
  };
}

async function settleEach(room: Room, branches: readonly string[]): Promise<Result<null>> {
  for (const branch of branches) {
    const settled = await settleMergesInto(room, branch);
    if (!settled.ok) return settled;
  }
  return ok(null);
}

const readRow = async (room: Room, agentId: string): Promise<WorktreeRow> => orThrow(await findRow(room, agentId));

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

const nothingOf = (result: Result<unknown>): Result<null> => (result.ok ? ok(null) : result);
