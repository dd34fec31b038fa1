import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createDeferred, type Deferred } from "../../base/deferred.ts";
import { messageOf } from "../../base/errors.ts";
import { exists } from "./disk.ts";
import { recordedPaths } from "./inspect.ts";
import {
  discard,
  forgetPath,
  isPrepared,
  isSound,
  lookAt,
  occupy,
  type Prepared,
  prepare,
  putBack,
  READY,
} from "./prepared.ts";
import { ADMINISTRATION_LOCK, type Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/**
 * Worktrees that are made before an agent needs one, each for one agent that is the first in it. They are made in the
 * background, one at a time, and only once an agent has got a worktree: who just opens an editor pays nothing.
 */
export interface Pool {
  /**
   * Makes a worktree that was never made out of a prepared one, at a commit; false where there is none, or it can't be
   * had: then everything is as it was. `tip`: where its branch is already. The caller holds the administration's lock.
   */
  take(row: WorktreeRow, commit: string, tip: string | undefined): Promise<boolean>;
  /** Nothing is begun in the background while an agent waits for its worktree. */
  whileAgentWaits<T>(work: () => Promise<T>): Promise<T>;
  /** Prepares what is missing, as an agent's worktree has just been made: beside it, and at its commit. */
  refill(row: WorktreeRow, commit: string): void;
  /** Takes up what an earlier process prepared, and clears what it left of others. Only what may hinder an agent is waited for. */
  recover(): Promise<void>;
  /** Gives up what is being prepared, and waits until nothing goes on. */
  dispose(): Promise<void>;
}

export function createPool(room: Room): Pool {
  const { poolSize: size } = room.settings;
  const { log } = room;
  const ready: Prepared[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  const going = new Set<Promise<void>>();
  let waiting = 0;
  let noneWaits: Deferred<void> = createDeferred();
  let filling = false;
  let wanted = "";
  /** Folders that hold something that isn't ours, and attempts that failed: they take a place each. */
  let lost = 0;

  const goOn = (what: string, work: () => Promise<void>): void => {
    const done = work().catch((error: unknown) => {
      if (!signal.aborted) log.warn(what, { reason: messageOf(error) });
    });
    going.add(done);
    void done.finally(() => going.delete(done));
  };

  const takeAway = async (path: string): Promise<void> => {
    const away = await room.locks.run(ADMINISTRATION_LOCK, () => discard(room, path));
    goOn("A prepared worktree's files could not be deleted", () => rm(away, { recursive: true, force: true }));
  };

  const fill = async (folder: string): Promise<void> => {
    while (ready.length + lost < size && !signal.aborted) {
      if (waiting > 0) await noneWaits.promise;
      else await addOne(join(folder, `${READY}${room.ids.short()}`));
    }
  };

  const addOne = async (path: string): Promise<void> => {
    try {
      const one = await prepare(room, path, wanted, signal);
      if (!(await isSound(room, one))) throw new Error(`${path} is not as it was made`);
      ready.push(one);
    } catch (error) {
      lost++;
      if (!signal.aborted) log.warn("No worktree could be prepared", { path, reason: messageOf(error) });
      if (await exists(path)) await takeAway(path);
    }
  };

  /** The best of those in a folder: one at the commit itself, else the newest. */
  const pick = (folder: string, commit: string): Prepared | undefined => {
    const here = ready.filter(({ path }) => dirname(path) === folder);
    const best = here.find((one) => one.commit === commit) ?? here.at(-1);
    if (best !== undefined) ready.splice(ready.indexOf(best), 1);
    return best;
  };

  const give = async (one: Prepared, row: WorktreeRow, commit: string, tip: string | undefined): Promise<boolean> => {
    try {
      if (!(await isSound(room, one))) throw new Error(`${one.path} is not as it was made`);
      await occupy(room, one, row, commit, tip);
      return true;
    } catch (error) {
      log.warn("A prepared worktree could not be used", { agentId: row.agentId, reason: messageOf(error) });
      if (await exists(one.path)) await putBack(room, one.path);
      goOn("A prepared worktree could not be looked at", () => look(one.path));
      return false;
    }
  };

  /** Keeps one that is as it should be, and takes away what is ours alone. */
  const look = async (path: string): Promise<void> => {
    if (!(await exists(path))) return forgetGone(room, path);
    const found = await lookAt(room, path, signal);
    if (found.kind === "ready" && ready.length + lost < size) {
      ready.push(found.prepared);
    } else if (found.kind === "foreign") {
      lost++;
      log.warn("A prepared worktree holds what git did not put there, and is left alone", { path, why: found.why });
    } else {
      await takeAway(path);
    }
  };

  return {
    async take(row, commit, tip) {
      for (let one = pick(dirname(row.path), commit); one !== undefined; one = pick(dirname(row.path), commit)) {
        if (await give(one, row, commit, tip)) return true;
        if (await exists(row.path)) return false;
      }
      return false;
    },
    async whileAgentWaits(work) {
      waiting++;
      try {
        return await work();
      } finally {
        waiting--;
        if (waiting === 0) {
          noneWaits.resolve();
          noneWaits = createDeferred();
        }
      }
    },
    refill(row, commit) {
      wanted = commit;
      if (filling || signal.aborted) return;
      filling = true;
      goOn("No worktree could be prepared", () =>
        fill(dirname(row.path)).finally(() => {
          filling = false;
        }),
      );
    },
    async recover() {
      const left = await leftovers(room);
      for (const path of left) {
        await putBack(room, path).catch((error: unknown) =>
          log.error("What a killed process left of a prepared worktree could not be mended", error, { path }),
        );
      }
      goOn("What was prepared earlier could not be looked at", async () => {
        for (const path of left) if (!signal.aborted) await look(path);
      });
    },
    async dispose() {
      stopping.abort(new Error("the engine was stopped"));
      noneWaits.resolve();
      while (going.size > 0) await Promise.all(going);
    },
  };
}

/** Paths of all that bears the name of a prepared worktree where worktrees are, on disk or in git's records. */
async function leftovers(room: Room): Promise<readonly string[]> {
  const { folder } = room;
  const names = await readdir(folder).catch(() => []);
  const recorded = [...(await recordedPaths(room))].filter((path) => dirname(path) === folder);
  return [...new Set([...names.map((name) => join(folder, name)), ...recorded])].filter(isPrepared);
}

async function forgetGone(room: Room, path: string): Promise<void> {
  if ((await recordedPaths(room)).has(path)) {
    await room.locks.run(ADMINISTRATION_LOCK, () => forgetPath(room, path));
  }
}
