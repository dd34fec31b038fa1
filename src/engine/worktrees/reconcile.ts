import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isFolder } from "./disk.ts";
import { inspect } from "./inspect.ts";
import { settleLeavings } from "./leavings.ts";
import { usualPlace } from "./place.ts";
import { type Room, worktreeLock } from "./room.ts";
import { moveRow, rowOf, type WorktreeRow } from "./rows.ts";

/** The folders that worktrees stand in: this checkout's, and those of the checkouts that others were made from. */
export const worktreeFolders = (room: Room, rows: readonly WorktreeRow[]): ReadonlySet<string> =>
  new Set([usualPlace(room.repository), room.folder, ...rows.map(({ path }) => dirname(path))]);

/** The names in each folder of worktrees. */
export async function entriesOf(folders: ReadonlySet<string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const entries = new Map<string, ReadonlySet<string>>();
  for (const folder of folders) entries.set(folder, new Set((await isFolder(folder)) ? await readdir(folder) : []));
  return entries;
}

/**
 * At a start: worktrees whose folder is there although their row says removed are taken up again, and removals that were
 * cut off go on in the background. Starts no git where there is nothing of that.
 */
export async function reconcile(room: Room, rows: readonly WorktreeRow[]): Promise<void> {
  const folders = worktreeFolders(room, rows);
  const entries = await entriesOf(folders);
  for (const { agentId, path, status } of rows) {
    if (status === "removed" && entries.get(dirname(path))?.has(basename(path)) === true) await adopt(room, agentId);
  }
  const settling = settleLeavings(room, folders, rows);
  room.inBackground(settling.catch((error) => room.log.error("Removals could not be finished", error)));
}

async function adopt(room: Room, agentId: string): Promise<void> {
  await room.locks.run(worktreeLock(agentId), async () => {
    const row = await room.store.read((reader) => rowOf(reader, agentId));
    if (row?.status !== "removed" || (await inspect(room, row)).kind !== "sound") return;
    room.log.warn("A worktree that was removed is there again, and is taken up", { agentId, path: row.path });
    await room.store.transaction((tx) =>
      moveRow(tx, agentId, room.clock.now(), "isolated", "its folder is there again"),
    );
    return;
  });
}
