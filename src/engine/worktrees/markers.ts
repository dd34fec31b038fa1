import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { leadsThroughLink } from "./links.ts";

/** A line that git begins or ends a conflict with. */
const MARKER = /^(?:<{7}|>{7}|\|{7})(?: |\r?$)/m;

/** Those of some files, from a root, in which a conflict's markers stand. Deleted files, links and binary files have none. */
export async function markedFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const marked: string[] = [];
  for (const path of paths) if (await isMarked(root, path)) marked.push(path);
  return marked;
}

async function isMarked(root: string, path: string): Promise<boolean> {
  const file = join(root, path);
  const stats = await lstat(file).catch(() => undefined);
  if (stats?.isFile() !== true || (await leadsThroughLink(root, path))) return false;
  return MARKER.test(await readFile(file, "latin1"));
}
