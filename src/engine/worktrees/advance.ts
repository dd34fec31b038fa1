import type { Stats } from "node:fs";
import { lstat, readlink, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Git, records } from "./git.ts";
import { leadsThroughLink } from "./links.ts";
import type { PathChange } from "./objects.ts";

/** How far a checkout has come on the way from one commit to another. */
export interface Progress {
  /** No changed path has left the first commit's version, on disk or in the index. */
  readonly untouched: boolean;
  /** Paths that hold neither commit's version: somebody else wrote them since, or git was killed over them. */
  readonly foreign: readonly string[];
}

/** Looks at every path that differs between the two commits. Reads only. */
export async function progressOf(git: Git, root: string, changes: readonly PathChange[]): Promise<Progress> {
  const ofFiles = changes.filter((change) => change.before?.mode !== SUBMODULE && change.after?.mode !== SUBMODULE);
  const onDisk = await idsOnDisk(
    git,
    root,
    ofFiles.map((change) => change.path),
  );
  const inIndex = await idsInIndex(git);
  const foreign: string[] = [];
  let untouched = true;
  for (const { path, before, after } of ofFiles) {
    const disk = onDisk.get(path) ?? null;
    const index = inIndex.get(path) ?? null;
    const first = before?.id ?? null;
    const second = after?.id ?? null;
    if (disk !== first || index !== first) untouched = false;
    // A file that is gone is no loss: git takes the old one away before it writes the new one.
    if ((disk !== null && disk !== first && disk !== second) || (index !== first && index !== second))
      foreign.push(path);
  }
  return { untouched, foreign };
}

const SUBMODULE = "160000";

async function idsInIndex(git: Git): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const entry of records(await git.mustRun(["ls-files", "-z", "--stage"]))) {
    const tab = entry.indexOf("\t");
    const [, id = ""] = entry.slice(0, tab).split(" ");
    ids.set(entry.slice(tab + 1), id);
  }
  return ids;
}

/** The ids that git would give to what is on disk; a path where there is no file isn't in it. */
async function idsOnDisk(git: Git, root: string, paths: readonly string[]): Promise<Map<string, string>> {
  const files: string[] = [];
  const ids = new Map<string, string>();
  for (const path of paths) {
    const stats = await look(join(root, path));
    if (stats === undefined || stats.isDirectory() || (await leadsThroughLink(root, path))) continue;
    if (stats.isFile()) files.push(path);
    else ids.set(path, stats.isSymbolicLink() ? await linkId(git, join(root, path)) : "no file that git knows");
  }
  const hashes = await git.text(["hash-object", "--stdin-paths"], { stdin: files.map(quoted).join("") });
  for (const [index, hash] of hashes.split("\n").entries()) {
    const path = files[index];
    if (path !== undefined) ids.set(path, hash);
  }
  return ids;
}

const linkId = async (git: Git, link: string): Promise<string> =>
  git.text(["hash-object", "--stdin"], { stdin: await readlink(link, { encoding: "buffer" }) });

/** A path as a line that git reads back whole, whatever is in it. */
const quoted = (path: string): string => `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"\n`;

/**
 * Brings every changed path to the second commit's version, in index and files, whatever is there; other paths stay as
 * they are. Safe to repeat after a kill at any point.
 */
export async function finishAdvance(
  git: Git,
  root: string,
  changes: readonly PathChange[],
  commit: string,
): Promise<void> {
  const leaving = changes.filter((change) => change.after === null).map((change) => change.path);
  const coming = changes.filter((change) => change.after !== null).map((change) => change.path);
  if (leaving.length > 0) {
    await git.mustRun(["update-index", "--force-remove", "-z", "--stdin"], { stdin: leaving.join("\0") });
    for (const path of leaving) await removeFile(root, path);
  }
  if (coming.length > 0) {
    await git.mustRun(["checkout", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", commit], {
      stdin: coming.join("\0"),
      literalPaths: true,
    });
  }
}

/** Removes a file and the folders that it leaves empty. */
async function removeFile(root: string, path: string): Promise<void> {
  const stats = await look(join(root, path));
  if (stats === undefined || stats.isDirectory() || (await leadsThroughLink(root, path))) return;
  await rm(join(root, path));
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    const emptied = await rmdir(join(root, folder)).then(
      () => true,
      () => false,
    );
    if (!emptied) return;
  }
}

const look = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);
