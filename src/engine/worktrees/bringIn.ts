import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { isDiskRefusal, messageOf } from "../../base/errors.ts";
import { concurrently } from "./concurrently.ts";
import { exists } from "./disk.ts";
import { createLinkCheck } from "./links.ts";

/** What is brought from one folder into another. */
export interface Load {
  /** Absolute. */
  readonly from: string;
  readonly to: string;
  /** From `from`, with `/`; a folder ends with one. */
  readonly paths: readonly string[];
  /** Where the file system can't share blocks: copy all, or link what folders hold. */
  readonly otherwise: "copy" | "link";
  /** Paths that stay as they are in `to`. */
  readonly kept: ReadonlySet<string>;
}

/** One that could not be brought, and why. */
export interface LeftBehind {
  readonly path: string;
  readonly why: string;
}

/**
 * Brings files and folders, over what an earlier try left; by reflink where the file system can. Repositories inside stay
 * behind, and nothing is written through a link in `to`. Answers what could not be read or written; rejects when the disk
 * refuses or the signal aborts.
 */
export async function bringIn(load: Load, signal: AbortSignal | undefined): Promise<LeftBehind[]> {
  const leadsAway = createLinkCheck(load.to);
  const makeFolder = onceEach((folder) => mkdir(folder, { recursive: true }));
  const copies = load.otherwise === "copy" || (await canShare(load));
  const units = copies ? await unitsToCopy(load.from, load.paths) : await unitsToLink(load.from, load.paths);
  const left = await concurrently(units, async (unit): Promise<LeftBehind | undefined> => {
    signal?.throwIfAborted();
    const { path } = unit;
    if (load.kept.has(path) || (await leadsAway(path))) return undefined;
    try {
      await makeFolder(dirname(join(load.to, path)));
      await bringOne(load, unit);
      return undefined;
    } catch (error) {
      if (isDiskRefusal(error)) throw error;
      return { path, why: messageOf(error) };
    }
  });
  return left.filter((each) => each !== undefined);
}

/** Does it once for each key, however often it is asked for. */
function onceEach(work: (key: string) => Promise<unknown>): (key: string) => Promise<unknown> {
  const done = new Map<string, Promise<unknown>>();
  return (key) => {
    const before = done.get(key);
    if (before !== undefined) return before;
    const doing = work(key);
    done.set(key, doing);
    return doing;
  };
}

/** `linked`: a link is made to it, whatever it is. `file` and `link` are copied as they are. */
interface Unit {
  readonly path: string;
  readonly kind: "file" | "link" | "linked";
}

const isFolder = (path: string) => path.endsWith("/");

/** Every file and link below some paths. */
async function unitsToCopy(root: string, paths: readonly string[]): Promise<Unit[]> {
  const units = await filesAmong(root, paths);
  for (let level = paths.filter(isFolder); level.length > 0; ) {
    const inside = (await concurrently(level, (folder) => entriesIn(root, folder))).flat();
    for (const { path, kind } of inside) if (kind !== "folder") units.push({ path, kind });
    level = inside.filter(({ kind }) => kind === "folder").map(({ path }) => path);
  }
  return units;
}

/** Of some paths those that are files and links themselves. */
const filesAmong = (root: string, paths: readonly string[]): Promise<Unit[]> =>
  concurrently(
    paths.filter((path) => !isFolder(path)),
    async (path) => {
      const stats = await lstat(join(root, path)).catch(() => undefined);
      return { path, kind: stats?.isSymbolicLink() === true ? "link" : "file" };
    },
  );

interface Inside {
  /** A folder ends with `/`. */
  readonly path: string;
  readonly kind: "file" | "link" | "folder";
}

/** What a folder holds; nothing for a repository, or for one that can't be read. */
async function entriesIn(root: string, folder: string): Promise<Inside[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.name === ".git")) return [];
  return entries.flatMap((entry): Inside[] => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return [{ path: `${path}/`, kind: "folder" }];
    if (entry.isSymbolicLink()) return [{ path, kind: "link" }];
    return entry.isFile() ? [{ path, kind: "file" }] : [];
  });
}

/**
 * A folder is made, and what it holds is linked: a link in its own place would not be ignored by the pattern `folder/`,
 * and would be committed.
 */
async function unitsToLink(root: string, paths: readonly string[]): Promise<Unit[]> {
  const inside = await concurrently(paths.filter(isFolder), (folder) => entriesIn(root, folder));
  const linked = await concurrently(inside.flat(), async ({ path, kind }): Promise<Unit[]> => {
    const isRepository = kind === "folder" && (await exists(join(root, path, ".git")));
    return isRepository ? [] : [{ path: path.replace(/\/$/, ""), kind: "linked" }];
  });
  return [...(await filesAmong(root, paths)), ...linked.flat()];
}

/** Whether a file's blocks can be shared: tried with the first that is there. */
async function canShare({ from, to, paths }: Load): Promise<boolean> {
  const [first] = (await unitsToCopy(from, paths.slice(0, 1))).filter(({ kind }) => kind === "file");
  if (first === undefined) return true;
  const probe = join(to, ".banyan-write.tmp");
  try {
    await copyFile(join(from, first.path), probe, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true });
  }
}

async function bringOne({ from, to }: Load, { path, kind }: Unit): Promise<void> {
  const source = join(from, path);
  const target = join(to, path);
  if (kind === "file") {
    const copy = () => copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    return replacing(target, copy);
  }
  if (kind === "link") {
    const text = await linkText(from, source);
    return replacing(target, () => symlink(text, target));
  }
  const type = (await lstat(source)).isDirectory() ? "junction" : "file";
  const before = await lstat(target).catch(() => undefined);
  // Copied by an earlier try, or there by the branch's own files.
  if (before?.isDirectory() !== true) await replacing(target, () => symlink(source, target, type));
}

/** What an earlier try left may be a link: it is taken away, never written through. */
async function replacing(target: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    await rm(target, { force: true });
    await make();
  }
}

/** A link inside of the checkout leads to the same place of the worktree; any other one to where it led. */
async function linkText(from: string, source: string): Promise<string> {
  const text = await readlink(source);
  const target = resolve(dirname(source), text);
  const inside = relative(from, target);
  return isAbsolute(text) || inside.startsWith("..") || isAbsolute(inside) ? target : text;
}
