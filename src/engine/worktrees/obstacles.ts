import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PathChange } from "./objects.ts";

/**
 * What stands in a checkout where a merge adds files, and isn't known to git there: ignored files above all, which git
 * would overwrite without a word. Paths from the root, sorted.
 */
export async function inTheWay(root: string, changes: readonly PathChange[]): Promise<string[]> {
  const leaving = new Set(changes.filter((change) => change.after === null).map((change) => change.path));
  const found = new Set<string>();
  for (const { path, before } of changes) {
    const obstacle = before === null ? await obstacleAt(root, path, leaving) : undefined;
    if (obstacle !== undefined) found.add(obstacle);
  }
  return [...found].sort();
}

async function obstacleAt(root: string, path: string, leaving: ReadonlySet<string>): Promise<string | undefined> {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = parts.slice(0, depth).join("/");
    const stats = await look(join(root, folder));
    if (stats === undefined) return undefined;
    if (!stats.isDirectory()) return leaving.has(folder) ? undefined : folder;
  }
  const stats = await look(join(root, path));
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return firstStaying(root, path, leaving);
  return isRenamedByCase(path, leaving) ? undefined : path;
}

/** A file below a folder that the merge doesn't take away, so that the folder can't become a file. */
async function firstStaying(root: string, folder: string, leaving: ReadonlySet<string>): Promise<string | undefined> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    const staying = entry.isDirectory()
      ? await firstStaying(root, path, leaving)
      : leaving.has(path)
        ? undefined
        : path;
    if (staying !== undefined) return staying;
  }
  return undefined;
}

/** Where names differ in nothing but case, a file system may show the old one under the new name. */
function isRenamedByCase(path: string, leaving: ReadonlySet<string>): boolean {
  const lower = path.toLowerCase();
  return [...leaving].some((other) => other.toLowerCase() === lower);
}

const look = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);
