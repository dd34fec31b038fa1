import { lstat, realpath } from "node:fs/promises";
import { isAbsolute, join, normalize, relative, sep } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";

export interface WorktreePath {
  /** From the worktree's root, with `/`, as it was asked for; the root is `.`. */
  readonly relative: string;
  /** Absolute and free of links, so that what is opened is what was checked. May not exist yet. */
  readonly absolute: string;
}

export type Access = "read" | "write";

/** Characters that HFS+ ignores in a name, so that `.g<ZWNJ>it` opens `.git`. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/** A segment as the most careless file system would take it. */
const bareName = (segment: string): string =>
  segment
    .replace(IGNORED_BY_HFS, "")
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();

const isGitSegment = (name: string): boolean => name === ".git" || name === "git~1";

const isWriteProtected = (name: string): boolean =>
  name === ".gitattributes" ||
  name === ".gitmodules" ||
  name === ".banyan" ||
  /^(gitatt|gitmod|banyan|gi[0-9a-f]{4}|ba[0-9a-f]{4})~\d+$/.test(name);

const segmentsOf = (path: string): string[] => path.split(/[/\\]/).map(bareName);

function refuseProtected(path: string, access: Access): Result<never> | undefined {
  const segments = segmentsOf(path);
  if (segments.some(isGitSegment)) {
    return refuse("protected_path", `${JSON.stringify(path)} is git's own: tools don't touch .git.`);
  }
  if (access === "write" && segments.some(isWriteProtected)) {
    return refuse(
      "protected_path",
      `${JSON.stringify(path)} is protected: .gitattributes, .gitmodules and .banyan/ are not written by agents.`,
    );
  }
  return undefined;
}

const outside = (path: string, why: string): Result<never> =>
  refuse("outside_worktree", `${JSON.stringify(path)} ${why}: name a path inside the worktree, such as src/main.ts.`);

const startsAtRoot = (path: string): boolean =>
  isAbsolute(path) || /^[/\\]/.test(path) || (sep === "\\" && /^[A-Za-z]:/.test(path));

const climbsOut = (path: string): boolean => path === ".." || path.startsWith(`..${sep}`);

/**
 * Where a path that a model gave leads. Refuses `outside_worktree` for what is absolute, climbs out by `..` or by a
 * link, holds NUL or is a link to nowhere, and `protected_path` for git's files (for all), and for `.gitattributes`,
 * `.gitmodules` and `.banyan/` at any depth (for writing). `root` is absolute and real.
 */
export async function resolvePath(root: string, path: string, access: Access): Promise<Result<WorktreePath>> {
  if (path.includes("\0")) return outside(path, "holds a NUL character");
  if (startsAtRoot(path)) return outside(path, "is absolute");
  const normal = normalize(path === "" ? "." : path);
  if (climbsOut(normal)) return outside(path, "leads out of the worktree");
  const refused = refuseProtected(normal, access);
  if (refused !== undefined) return refused;

  const absolute = await realTarget(join(root, normal));
  if (absolute === undefined) return outside(path, "goes through a link that leads nowhere");
  const real = relative(root, absolute);
  if (climbsOut(real) || isAbsolute(real)) return outside(path, "goes through a link that leads out of the worktree");
  const refusedTarget = refuseProtected(real, access);
  if (refusedTarget !== undefined) return refusedTarget;
  return ok({ relative: withSlashes(normal), absolute });
}

function withSlashes(path: string): string {
  const slashes = path.split(sep).join("/").replace(/\/+$/, "");
  return slashes === "" ? "." : slashes;
}

/** The path with every link in its existing part followed; undefined where a link leads nowhere. */
async function realTarget(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  let existing = path.replace(/[/\\]+$/, "");
  while (!(await exists(existing))) {
    const parent = join(existing, "..");
    if (parent === existing) return undefined;
    missing.unshift(existing.slice(parent.length).replace(/^[/\\]/, ""));
    existing = parent;
  }
  try {
    return join(await realpath(existing), ...missing);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENAMETOOLONG";
};

/** The errno name of a failed system call: `ENOENT`. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
