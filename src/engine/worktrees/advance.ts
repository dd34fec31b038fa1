import type { Stats } from "node:fs";
import { lstat, readFile, readlink, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Git, records } from "./git.ts";
import { leadsThroughLink } from "./links.ts";
import type { Entry, PathChange } from "./objects.ts";

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
  const paths = ofFiles.map((change) => change.path);
  const [onDisk, inIndex] = [await entriesOnDisk(git, root, paths), await entriesInIndex(git)];
  const foreign: string[] = [];
  let untouched = true;
  for (const change of ofFiles) {
    const [disk, index] = [onDisk.get(change.path), inIndex.get(change.path)];
    const first = change.before ?? undefined;
    const second = change.after ?? undefined;
    const leftOut = disk === undefined && index?.skipped === true;
    if ((!leftOut && !isSame(disk, first)) || !isSame(index, first) || isSecondMode(disk, change)) untouched = false;
    const indexIsForeign = !isSame(index, first) && !isSame(index, second);
    if (indexIsForeign || (await isForeign(git, root, change, disk))) foreign.push(change.path);
  }
  return { untouched, foreign };
}

const SUBMODULE = "160000";

const isSame = (one: Entry | undefined, other: Entry | undefined): boolean => one?.id === other?.id;

/** Whether a file has been made (or is no longer) executable, as the second commit has it. */
const isSecondMode = (disk: Entry | undefined, { before, after }: PathChange): boolean =>
  disk !== undefined && disk.mode !== before?.mode && disk.mode === after?.mode;

/**
 * Whether a file on disk is neither commit's. One that is gone is no loss: git takes the old one away before it writes
 * the new one. Nor is one that is the beginning of the new one: git was killed while it wrote it.
 */
async function isForeign(git: Git, root: string, change: PathChange, disk: Entry | undefined): Promise<boolean> {
  const { path, before, after } = change;
  if (disk === undefined || disk.id === before?.id || disk.id === after?.id) return false;
  if (after === null || disk.mode === LINK || after.mode === LINK) return true;
  const whole = await git.mustRun(["cat-file", "--filters", `--path=${path}`, after.id]);
  const found = await readFile(join(root, path));
  return !whole.subarray(0, found.length).equals(found);
}

const LINK = "120000";

interface IndexEntry extends Entry {
  /** Git is told to leave it out of the files, as a sparse checkout does. */
  readonly skipped: boolean;
}

async function entriesInIndex(git: Git): Promise<Map<string, IndexEntry>> {
  const entries = new Map<string, IndexEntry>();
  for (const entry of records(await git.mustRun(["ls-files", "-z", "-t", "--stage"]))) {
    const tab = entry.indexOf("\t");
    const [tag, mode = "", id = ""] = entry.slice(0, tab).split(" ");
    entries.set(entry.slice(tab + 1), { mode, id, skipped: tag === "S" });
  }
  return entries;
}

/**
 * Those of some paths that git is told to overlook (`--assume-unchanged`, `--skip-worktree`) and that don't hold what
 * they did in the first commit: its status doesn't name them.
 */
export async function overlookedChanges(git: Git, root: string, changes: readonly PathChange[]): Promise<string[]> {
  const listed = records(await git.mustRun(["ls-files", "-z", "-v"]));
  const overlooked = new Set(listed.filter((entry) => /^[Sa-z] /.test(entry)).map((entry) => entry.slice(2)));
  const found: string[] = [];
  for (const change of changes.filter(({ path }) => overlooked.has(path))) {
    if (!(await progressOf(git, root, [change])).untouched) found.push(change.path);
  }
  return found;
}

/** What git would make of what is on disk; a path where there is no file isn't in it. */
async function entriesOnDisk(git: Git, root: string, paths: readonly string[]): Promise<Map<string, Entry>> {
  const files: { path: string; mode: string }[] = [];
  const entries = new Map<string, Entry>();
  for (const path of paths) {
    const stats = await look(join(root, path));
    if (stats === undefined || stats.isDirectory() || (await leadsThroughLink(root, path))) continue;
    if (stats.isFile()) files.push({ path, mode: stats.mode & 0o100 ? "100755" : "100644" });
    else entries.set(path, { mode: LINK, id: stats.isSymbolicLink() ? await linkId(git, join(root, path)) : "none" });
  }
  const hashes = await git.text(["hash-object", "--stdin-paths"], { stdin: files.map(quoted).join("") });
  for (const [index, id] of hashes.split("\n").entries()) {
    const file = files[index];
    if (file !== undefined) entries.set(file.path, { mode: file.mode, id });
  }
  return entries;
}

const linkId = async (git: Git, link: string): Promise<string> =>
  git.text(["hash-object", "--stdin"], { stdin: await readlink(link, { encoding: "buffer" }) });

/** A path as a line that git reads back whole, whatever is in it. */
const quoted = ({ path }: { path: string }): string => `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"\n`;

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
  const coming = changes.filter((change) => change.after !== null);
  if (leaving.length > 0) {
    await git.mustRun(["update-index", "--force-remove", "-z", "--stdin"], { stdin: leaving.join("\0") });
    for (const path of leaving) await removeFile(root, path);
  }
  const leftOut = await leftOutOf(git, root, coming);
  await changeLeftOut(git, leftOut);
  const written = coming.filter((change) => !leftOut.includes(change)).map(({ path }) => path);
  if (written.length > 0) {
    await git.mustRun(["checkout", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", commit], {
      stdin: written.join("\0"),
      literalPaths: true,
    });
  }
}

/** Those that a sparse checkout has in its index alone. */
async function leftOutOf(git: Git, root: string, changes: readonly PathChange[]): Promise<PathChange[]> {
  const index = await entriesInIndex(git);
  const skipped = changes.filter(({ path }) => index.get(path)?.skipped === true);
  const absent = await Promise.all(skipped.map(async ({ path }) => (await look(join(root, path))) === undefined));
  return skipped.filter((_, at) => absent[at] === true);
}

async function changeLeftOut(git: Git, changes: readonly PathChange[]): Promise<void> {
  if (changes.length === 0) return;
  const lines = changes.map(({ path, after }) => `${after?.mode} ${after?.id}\t${path}\0`);
  await git.mustRun(["update-index", "-z", "--index-info"], { stdin: lines.join("") });
  const paths = changes.map(({ path }) => path).join("\0");
  await git.mustRun(["update-index", "-z", "--skip-worktree", "--stdin"], { stdin: paths });
}

/** Removes a file and the folders that it leaves empty. */
export async function removeFile(root: string, path: string): Promise<void> {
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
