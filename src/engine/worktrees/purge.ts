import type { Git } from "./git.ts";
import { ignoredRef } from "./ignored.ts";
import { sharedGit, tipsOf } from "./objects.ts";
import { type Room, worktreeLock } from "./room.ts";
import { changeRow, purgeableRows, rowOf, type WorktreeRow } from "./rows.ts";
import { snapshotRef } from "./snapshot.ts";

/**
 * Forgets what removed worktrees held beside their branches, where the work was merged: what was removed longer ago than
 * the settings keep it, and of the rest the oldest, as long as all together takes up more than they allow.
 */
export async function sweep(room: Room): Promise<void> {
  const { keepMs, keepBytes } = room.settings;
  const rows = await room.store.read(purgeableRows);
  const until = keepMs === null ? Number.NEGATIVE_INFINITY : room.clock.now() - keepMs;
  const young = rows.filter(({ removedAt }) => (removedAt ?? until) >= until);
  const fitting = keepBytes === null ? young : await youngestWithin(room, young, keepBytes);
  const stays = new Set(fitting);
  const goes = rows.filter((row) => !stays.has(row));
  if (goes.length > 0)
    await purge(
      room,
      goes.map(({ agentId }) => agentId),
    );
}

/** As many of the youngest as take up no more than so many bytes beside what branches and tags hold. Oldest first. */
async function youngestWithin(
  room: Room,
  rows: readonly WorktreeRow[],
  bytes: number,
): Promise<readonly WorktreeRow[]> {
  const git = await sharedGit(room);
  const fits = async (from: number) => (await bytesOf(git, rows.slice(from))) <= bytes;
  if (await fits(0)) return rows;
  let [tooMany, few] = [0, rows.length];
  while (few - tooMany > 1) {
    const middle = Math.floor((tooMany + few) / 2);
    if (await fits(middle)) few = middle;
    else tooMany = middle;
  }
  return rows.slice(few);
}

/** What the snapshots of worktrees take up, packed as they are, beside what branches and tags hold. */
async function bytesOf(git: Git, rows: readonly WorktreeRow[]): Promise<number> {
  const refs = rows.flatMap(({ agentId }) => [snapshotRef(agentId), ignoredRef(agentId)]);
  const tips = [...(await tipsOf(git, refs)).values()];
  if (tips.length === 0) return 0;
  const args = ["rev-list", "--objects", "--disk-usage", "--stdin", "--not", "--branches", "--tags", "--remotes"];
  return Number(await git.text(args, { stdin: tips.map(({ commit }) => `${commit}\n`).join("") }));
}

/** Agents whose refs are deleted by one git. */
const TOGETHER = 200;

/**
 * Deletes the snapshots and ignored files of removed worktrees; answers the agents'. Their branches stay. One whose
 * worktree came back meanwhile is left as it is.
 */
export async function purge(room: Room, agentIds: readonly string[]): Promise<readonly string[]> {
  const purged: string[] = [];
  for (let from = 0; from < agentIds.length; from += TOGETHER) {
    const some = agentIds.slice(from, from + TOGETHER);
    purged.push(...(await room.locks.runAll(some.map(worktreeLock), () => purgeSome(room, some))));
  }
  if (purged.length > 0) room.log.info("Forgot the snapshots of removed worktrees", { agents: purged.join(", ") });
  return purged;
}

async function purgeSome(room: Room, agentIds: readonly string[]): Promise<string[]> {
  const rows = await room.store.read((reader) => Promise.all(agentIds.map((id) => rowOf(reader, id))));
  const ids = rows.flatMap((row) => (row?.status === "removed" ? [row.agentId] : []));
  const git = await sharedGit(room);
  const tips = await tipsOf(
    git,
    ids.flatMap((id) => [snapshotRef(id), ignoredRef(id)]),
  );
  const deletions = [...tips].map(([ref, { commit }]) => `delete ${ref} ${commit}\n`);
  if (deletions.length > 0) await git.mustRun(["update-ref", "--stdin"], { stdin: deletions.join("") });
  await room.store.transaction(async (tx) => {
    for (const id of ids) {
      await changeRow(tx, id, room.clock.now(), { snapshotCommit: null, ignoredCommit: null });
    }
  });
  return ids;
}
