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

/** Waits until nobody holds the lock of an index; false where it is still held after the time in the settings. */
export async function awaitIndexLock(room: Room, index: string): Promise<boolean> {
  const lock = `${index}.lock`;
  for (let waited = 0; waited < room.settings.lockMilliseconds; waited += POLL_MILLISECONDS) {
    if (!(await exists(lock))) return true;
    await room.clock.sleep(POLL_MILLISECONDS);
  }
  return !(await exists(lock));
}

/**
 * As `awaitIndexLock` for an index that only the engine writes; a lock that stays was left by a git that was killed,
 * and is removed.
 */
export async function clearIndexLock(room: Room, index: string): Promise<void> {
  const lock = `${index}.lock`;
  const before = await lstat(lock).catch(() => undefined);
  if (before === undefined || (await awaitIndexLock(room, index))) return;
  const after = await lstat(lock).catch(() => undefined);
  if (after === undefined || after.ino !== before.ino) return;
  room.log.warn("Removed a lock that a killed git left behind", { lock });
  await rm(lock, { force: true });
}
