import { copyFile, lstat, mkdir, readdir, readFile, realpath, rename, rmdir, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Whether something is there, if only a dangling link. */
export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** The real path; undefined where there is nothing. */
export const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/** The text of a small regular file; undefined for whatever else is there. */
export async function plainFile(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size < 65_536 ? readFile(path, "utf8") : undefined;
}

/** Whether a folder is there; a link to one is none. */
export async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

/**
 * Moves what is at a path to another one on the same disk. Where there is a folder already, what is in it is moved into
 * that; what is there already stays, and so does what would have taken its place.
 */
export async function moveInto(from: string, to: string): Promise<void> {
  if (!(await exists(to))) {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
    return;
  }
  if (!(await isFolder(from)) || !(await isFolder(to))) return;
  for (const name of await readdir(from)) await moveInto(join(from, name), join(to, name));
  await rmdir(from).catch(() => {});
}

/**
 * Copies an index of git's with its time: git looks into files that are not older than their index, since one written
 * twice in an instant doesn't show it otherwise. A copy that were newer would hide that.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  const { mtimeMs } = await stat(from);
  await copyFile(from, to);
  const seconds = (mtimeMs - ROUNDING_MS) / 1000;
  await utimes(to, seconds, seconds);
}

/** A time in seconds is not as exact as the file system's: the copy's is rather before. */
const ROUNDING_MS = 0.002;
