import type { Stats } from "node:fs";
import { lstat, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "./disk.ts";
import type { Room } from "./room.ts";

/** The files by which git remembers that it is in the middle of something. */
const STATES: readonly (readonly [file: string, what: string])[] = [
  ["MERGE_HEAD", "a merge"],
  ["rebase-merge", "a rebase"],
  ["rebase-apply", "a rebase"],
  ["CHERRY_PICK_HEAD", "a cherry-pick"],
  ["REVERT_HEAD", "a revert"],
  ["BISECT_LOG", "a bisect"],
];

/** What a checkout is in the middle of; undefined where it is at rest. `gitDir` is the checkout's own. */
export async function busyWith(gitDir: string): Promise<string | undefined> {
  for (const [file, what] of STATES) {
    if (await exists(join(gitDir, file))) return what;
  }
  return undefined;
}

/** What keeps a branch busy although HEAD doesn't name it: a rebase or a bisect that began there. */
export async function branchBusyWith(gitDir: string, branch: string): Promise<string | undefined> {
  const began = async (file: string) => (await readFile(join(gitDir, file), "utf8").catch(() => "")).trim();
  const ref = `refs/heads/${branch}`;
  if ((await began("rebase-merge/head-name")) === ref || (await began("rebase-apply/head-name")) === ref) {
    return "a rebase";
  }
  const bisected = await began("BISECT_START");
  return bisected === branch || bisected === ref ? "a bisect" : undefined;
}

const POLL_MILLISECONDS = 50;

/** Waits until no git holds the lock of a file; false where it was held for as long as the settings say. */
export async function awaitUnlocked(room: Room, file: string): Promise<boolean> {
  for (let waited = 0; ; waited += POLL_MILLISECONDS) {
    const lock = await look(lockOf(file));
    if (lock === undefined) return true;
    const held = Math.max(waited, room.clock.now() - lock.mtimeMs);
    if (held >= room.settings.lockMilliseconds) return false;
    await room.clock.sleep(POLL_MILLISECONDS);
  }
}

/**
 * As `awaitUnlocked` for a file that only the engine writes: an agent's index, HEAD or ref. A lock that stays was left
 * by a git that was killed, and is removed.
 */
export async function clearLock(room: Room, file: string): Promise<void> {
  const before = await look(lockOf(file));
  if (before === undefined || (await awaitUnlocked(room, file))) return;
  const after = await look(lockOf(file));
  if (after?.ino !== before.ino) return;
  room.log.warn("Removed a lock that a killed git left behind", { lock: lockOf(file) });
  await rm(lockOf(file), { force: true });
}

/** Where git locks a file before it changes it. */
export const lockOf = (file: string) => `${file}.lock`;

const look = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);
