import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "./disk.ts";
import type { Room } from "./room.ts";

/**
 * Files that stand beside the user's index for as long as something is worked out, and their locks. Those of agents'
 * worktrees (`banyan-snapshot-index`) stay: they are begun from again.
 */
const SCRATCH = /^(?:banyan-(?:accepted|carry)-[^/]+|banyan-(?:merge|rescue)-index(?:\.lock)?|BANYAN_MERGE_MSG)$/;

/** Takes away what a process left of them that was killed; first of all, since a lock would stand in the way. */
export async function clearScratch(room: Room): Promise<void> {
  const { commonDir } = room.repository;
  for (const gitDir of [commonDir, ...(await foldersIn(join(commonDir, "worktrees")))]) {
    for (const name of await readdir(gitDir).catch(() => [])) {
      if (SCRATCH.test(name)) await rm(join(gitDir, name), { force: true });
    }
  }
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (await exists(folder)) ? (await readdir(folder)).map((name) => join(folder, name)) : [];
