import { renameSync } from "node:fs";
import { lstat, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { codeOf } from "./paths.ts";
import { plural } from "./text.ts";

/** What a tool writes, at most. */
export const MAX_WRITE_BYTES = 1024 * 1024;
/** Longer files are searched, not read. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** As git does: a NUL byte among the first 8,000 makes a file binary. */
const BINARY_PROBE_BYTES = 8000;
/** Beside the target, so that the rename stays on one file system. An agent runs one changing tool at a time. */
const TEMPORARY_NAME = ".banyan-write.tmp";
const DEFAULT_MODE = 0o666;

export type PathKind = "file" | "folder" | "missing" | "other";

/** What stands at a resolved path. */
export async function kindOf(absolute: string): Promise<PathKind> {
  try {
    const stats = await lstat(absolute);
    if (stats.isFile()) return "file";
    return stats.isDirectory() ? "folder" : "other";
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return "missing";
    throw error;
  }
}

/** The bytes of a text file; `path` is how messages name it. Refuses folders, missing, binary and huge files. */
export async function readTextFile(absolute: string, path: string, signal: AbortSignal): Promise<Result<Buffer>> {
  const refused = refuseNoFile(await kindOf(absolute), path);
  if (refused !== undefined) return refused;
  const { size } = await stat(absolute);
  if (size > MAX_READ_BYTES) {
    return refuse("bad_input", `${path} has ${size} bytes, too many to read: use search with this path.`);
  }
  const bytes = await readFile(absolute, { signal });
  if (bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) {
    return refuse("bad_input", `${path} is a binary file of ${plural(size, "byte")}: it has no text to show or edit.`);
  }
  return ok(bytes);
}

function refuseNoFile(kind: PathKind, path: string): Result<never> | undefined {
  if (kind === "file") return undefined;
  if (kind === "missing") return refuse("not_found", `There is no file ${path}: list_files shows what there is.`);
  if (kind === "folder") return refuse("bad_input", `${path} is a folder: use list_files.`);
  return refuse("bad_input", `${path} is neither a file nor a folder.`);
}

/**
 * Replaces or makes a file whole: a reader sees the old text or the new, and a file that was there keeps its mode.
 * `prevent` is called right before the change, and prevents it by throwing.
 */
export async function replaceFile(
  absolute: string,
  path: string,
  content: string,
  prevent: () => void,
): Promise<Result<"new" | "replaced">> {
  const bytes = Buffer.byteLength(content, "utf8");
  if (bytes > MAX_WRITE_BYTES) {
    return refuse("bad_input", `${path} would have ${bytes} bytes; at most ${MAX_WRITE_BYTES} are written. Split it.`);
  }
  const before = await kindOf(absolute);
  if (before === "folder" || before === "other") return refuse("bad_input", `${path} is a ${before}, not a file.`);
  try {
    await mkdir(dirname(absolute), { recursive: true });
    await writeThrough(absolute, content, before === "file" ? (await stat(absolute)).mode : undefined, prevent);
  } catch (error) {
    return refuseUnwritable(error, path);
  }
  return ok(before === "file" ? "replaced" : "new");
}

async function writeThrough(
  absolute: string,
  content: string,
  mode: number | undefined,
  prevent: () => void,
): Promise<void> {
  const temporary = join(dirname(absolute), TEMPORARY_NAME);
  await rm(temporary, { force: true });
  try {
    const handle = await open(temporary, "wx", DEFAULT_MODE);
    try {
      await handle.writeFile(content, "utf8");
      if (mode !== undefined) await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    prevent();
    renameSync(temporary, absolute);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function refuseUnwritable(error: unknown, path: string): Result<never> {
  const code = codeOf(error);
  if (code === "ENOTDIR" || code === "EEXIST") {
    return refuse("bad_input", `${path} can't be made: a part of its path is a file, not a folder.`);
  }
  if (code === "ENAMETOOLONG") return refuse("bad_input", `${path} can't be made: a name in it is too long.`);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return refuse("bad_input", `${path} can't be written: the system refuses it (${code}).`);
  }
  throw error;
}
