import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** The repository that an open folder lies in, found by reading files alone: nothing is run. */
export interface RepositoryLocation {
  /** The open folder. */
  readonly folder: string;
  /** The git directory that all of the repository's worktrees share. */
  readonly commonDir: string;
  readonly hasCommit: boolean;
  /** Whether agents ever worked here. */
  readonly hasStore: boolean;
}

const STORE_FOLDER = "banyan";

/** The first open folder whose repository has agents, else the first that is in a repository; undefined when none is. */
export async function locateRepository(folders: readonly string[]): Promise<RepositoryLocation | undefined> {
  const found: RepositoryLocation[] = [];
  for (const folder of folders) {
    const location = await locate(folder);
    if (location?.hasStore) return location;
    if (location !== undefined) found.push(location);
  }
  return found[0];
}

async function locate(folder: string): Promise<RepositoryLocation | undefined> {
  const gitDir = await findGitDir(folder);
  if (gitDir === undefined) return undefined;
  const commonDir = await commonDirOf(gitDir);
  const [hasCommit, hasStore] = await Promise.all([
    headIsBorn(gitDir, commonDir),
    isFolder(join(commonDir, STORE_FOLDER)),
  ]);
  return { folder, commonDir, hasCommit, hasStore };
}

/** The git directory of the folder or of the nearest one above it. */
async function findGitDir(folder: string): Promise<string | undefined> {
  for (let current = folder; ; current = dirname(current)) {
    const gitDir = await gitDirAt(join(current, ".git"));
    if (gitDir !== undefined) return gitDir;
    if (dirname(current) === current) return undefined;
  }
}

/** `.git` is a folder, or in a linked worktree a file that points to one. */
async function gitDirAt(dotGit: string): Promise<string | undefined> {
  if (await isFolder(dotGit)) return (await isFile(join(dotGit, "HEAD"))) ? dotGit : undefined;
  const pointer = /^gitdir: (.+)$/m.exec((await textOf(dotGit)) ?? "")?.[1];
  if (pointer === undefined) return undefined;
  const target = against(dirname(dotGit), pointer.trim());
  return (await isFolder(target)) ? target : undefined;
}

async function commonDirOf(gitDir: string): Promise<string> {
  const pointer = (await textOf(join(gitDir, "commondir")))?.trim();
  return pointer ? against(gitDir, pointer) : gitDir;
}

/** Whether HEAD leads to a commit. Where refs are kept in a way that files don't tell, the engine has the last word. */
async function headIsBorn(gitDir: string, commonDir: string): Promise<boolean> {
  const ref = /^ref: (.+)$/m.exec((await textOf(join(gitDir, "HEAD"))) ?? "")?.[1]?.trim();
  if (ref === undefined || (await isFolder(join(commonDir, "reftable")))) return true;
  if (await isFile(join(commonDir, ref))) return true;
  const packed = (await textOf(join(commonDir, "packed-refs"))) ?? "";
  return packed.split("\n").some((line) => line.trimEnd().endsWith(` ${ref}`));
}

const against = (base: string, path: string): string => (isAbsolute(path) ? path : resolve(base, path));

const textOf = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

const isFolder = async (path: string): Promise<boolean> => (await kindOf(path)) === "folder";
const isFile = async (path: string): Promise<boolean> => (await kindOf(path)) === "file";

async function kindOf(path: string): Promise<"folder" | "file" | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? "folder" : "file";
}
