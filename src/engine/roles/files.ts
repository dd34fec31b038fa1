import { constants } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";

/** Where agents' worktrees lie, below the repository's root: no role is read there, or an agent could write its own. */
export const AGENTS_WORKTREES = [".banyan", "worktrees"] as const;

const MOST_FILES = 100;
const DEEPEST = 3;

/** Whether a real path, from the root, may be read: not outside, not git's, not an agent's. */
function isUsers(fromRoot: string): boolean {
  const segments = fromRoot.split(sep).map((segment) => segment.toLowerCase());
  if (segments[0] === ".." || segments.includes(".git")) return false;
  return !AGENTS_WORKTREES.every((name, index) => segments[index] === name);
}

/** Whether a folder is an agent's worktree, or in one. */
export const isAgents = (realRoot: string): boolean =>
  realRoot
    .toLowerCase()
    .split(sep)
    .join("/")
    .concat("/")
    .includes(`/${AGENTS_WORKTREES.join("/")}/`);

/** The real path; undefined where nothing is. Refuses a link that leads out of what is the user's. */
async function realInside(realRoot: string, path: string): Promise<Result<string | undefined>> {
  let real: string;
  try {
    real = await realpath(join(realRoot, path));
  } catch (error) {
    return isMissing(error) ? ok(undefined) : refuse("bad_input", `can't be read: ${messageOf(error)}`);
  }
  const fromRoot = relative(realRoot, real);
  // On another drive it stays absolute.
  if (!isAbsolute(fromRoot) && isUsers(fromRoot)) return ok(real);
  return refuse(
    "protected_path",
    "is a link that leads out of the repository, or to an agent's files: put the file itself",
  );
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

export interface FileList {
  /** From the root, with `/`, sorted. */
  readonly paths: readonly string[];
  /** What could not be listed, each with its path. */
  readonly warnings: readonly string[];
}

/** The Markdown files of a folder, at most 100; of its subfolders too, three levels down, where `deep`. */
export async function listFiles(realRoot: string, folder: string, deep: boolean): Promise<FileList> {
  const real = await realInside(realRoot, folder);
  if (!real.ok) return { paths: [], warnings: [`${folder}: ${real.refusal.message}`] };
  if (real.value === undefined) return { paths: [], warnings: [] };
  const paths: string[] = [];
  const warnings: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(join(realRoot, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (paths.length > MOST_FILES) return;
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory() && deep && depth < DEEPEST) await visit(child, depth + 1);
      if (entry.isDirectory() || !entry.name.endsWith(".md")) continue;
      if (!/[\p{Cc}\p{Cf}]/u.test(entry.name)) paths.push(child);
      else warnings.push(`${path}: a file with characters in its name that nobody sees is passed over`);
    }
  };
  try {
    await visit(folder, 0);
  } catch (error) {
    if (!isMissing(error)) warnings.push(`${folder}: can't be read: ${messageOf(error)}`);
  }
  if (paths.length > MOST_FILES) warnings.push(`${folder}: only the first ${MOST_FILES} files are read`);
  return { paths: paths.slice(0, MOST_FILES), warnings };
}

export interface Content {
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly size: number;
}

/** The first `limit` bytes of a file; undefined where none is. Refuses links that lead out, and what is no file. */
export async function readInside(realRoot: string, path: string, limit: number): Promise<Result<Content | undefined>> {
  const real = await realInside(realRoot, path);
  if (!real.ok) return real;
  if (real.value === undefined) return ok(undefined);
  let file: FileHandle | undefined;
  try {
    // What is no file, such as a pipe, must not hold this up before it is known.
    file = await open(real.value, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    const found = await file.stat();
    if (!found.isFile()) return refuse("bad_input", "is no file");
    const buffer = new Uint8Array(Math.min(found.size, limit));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return ok({ bytes: buffer.subarray(0, length), size: found.size });
  } catch (error) {
    return isMissing(error) ? ok(undefined) : refuse("bad_input", `can't be read: ${messageOf(error)}`);
  } finally {
    await file?.close();
  }
}
