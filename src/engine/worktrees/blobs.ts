import { constants } from "node:fs";
import { lstat, mkdir, open, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Git, records } from "./git.ts";
import { createLinkCheck } from "./links.ts";
import type { Entry } from "./objects.ts";

/**
 * Files into git and out of it, byte for byte: no filter, no conversion of line ends, whatever attributes say. Links are
 * taken as links and never followed.
 */

/** A path from a folder, and what it is as git says it. */
export interface FileEntry extends Entry {
  readonly path: string;
}

/** Bytes that go through one git at a time. */
const BATCH_BYTES = 32 * 1024 * 1024;

interface Source {
  readonly path: string;
  readonly bytes: number;
}

/** Writes files of a folder as blobs. One that is gone meanwhile is left out; nothing keeps them until a ref does. */
export async function writeBlobs(git: Git, folder: string, files: readonly Source[]): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const batch of batches(files, ({ bytes }) => bytes)) {
    const contents: Content[] = [];
    for (const { path } of batch) {
      const content = await contentAt(join(folder, path));
      if (content !== undefined) contents.push({ path, ...content });
    }
    const ids = await importBlobs(git, contents);
    for (const [index, { path, mode }] of contents.entries()) entries.push({ path, mode, id: ids[index] ?? "" });
  }
  return entries;
}

interface Content {
  readonly path: string;
  readonly mode: string;
  readonly bytes: Buffer;
}

/** In their order, as many together as fit into a batch. */
function batches<T>(items: readonly T[], bytesOf: (item: T) => number): T[][] {
  const all: T[][] = [];
  let room = 0;
  for (const item of items) {
    const last = all.at(-1);
    const bytes = bytesOf(item) + ENTRY_BYTES;
    if (last === undefined || bytes > room) {
      all.push([item]);
      room = BATCH_BYTES - bytes;
    } else {
      last.push(item);
      room -= bytes;
    }
  }
  return all;
}

/** What an entry takes beside its content. */
const ENTRY_BYTES = 256;

/** Undefined where there is neither a file nor a link. */
async function contentAt(path: string): Promise<Omit<Content, "path"> | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink() === true) return { mode: "120000", bytes: await readlink(path, { encoding: "buffer" }) };
  if (stats?.isFile() !== true) return undefined;
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return { mode: stats.mode & 0o100 ? "100755" : "100644", bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}

/** The ids of the blobs, in their order. One pack for all, and one flush. */
async function importBlobs(git: Git, contents: readonly Content[]): Promise<string[]> {
  if (contents.length === 0) return [];
  const pieces: Uint8Array[] = [];
  const say = (text: string) => pieces.push(Buffer.from(text));
  for (const [index, { bytes }] of contents.entries()) {
    say(`blob\nmark :${index + 1}\ndata ${bytes.length}\n`);
    pieces.push(bytes);
    say("\n");
  }
  for (const index of contents.keys()) say(`get-mark :${index + 1}\n`);
  const answer = await git.text(["fast-import", "--quiet", "--done"], {
    stdin: Buffer.concat([...pieces, Buffer.from("done\n")]),
  });
  return answer.split("\n");
}

/** Writes a tree of blobs that are there already. `index`: a file that isn't there yet. */
export async function writeTree(git: Git, index: string, entries: readonly FileEntry[]): Promise<string> {
  const lines = entries.map(({ mode, id, path }) => `${mode} ${id}\t${path}\0`).join("");
  await git.mustRun(["update-index", "-z", "--index-info"], { index, stdin: lines });
  return git.text(["write-tree"], { index });
}

interface Listed extends FileEntry {
  readonly bytes: number;
}

/**
 * Writes the files of a commit into a folder, over those that are there. What stands behind a link, or where a folder
 * is, is left as it is; answers those paths.
 */
export async function writeFiles(git: Git, commit: string, folder: string): Promise<string[]> {
  const leadsAway = createLinkCheck(folder);
  const skipped: string[] = [];
  for (const batch of batches(await entriesOfTree(git, commit), ({ bytes }) => bytes)) {
    const contents = await readBlobs(git, batch);
    for (const [index, { path, mode }] of batch.entries()) {
      const bytes = contents[index];
      const written =
        bytes !== undefined && !(await leadsAway(path)) && (await writeEntry(join(folder, path), mode, bytes));
      if (!written) skipped.push(path);
    }
  }
  return skipped;
}

/** The files of a tree or a commit; submodules are not in it. */
export async function entriesOfTree(git: Git, name: string): Promise<Listed[]> {
  const listed = records(await git.mustRun(["ls-tree", "-r", "-z", "--long", "--full-tree", name]));
  return listed.flatMap((entry) => {
    const tab = entry.indexOf("\t");
    const [mode = "", type, id = "", bytes = ""] = entry.slice(0, tab).split(/ +/);
    return type === "blob" ? [{ mode, id, path: entry.slice(tab + 1), bytes: Number(bytes) }] : [];
  });
}

/** The contents of blobs, in their order. */
async function readBlobs(git: Git, entries: readonly Listed[]): Promise<Buffer[]> {
  const stdin = entries.map(({ id }) => `${id}\n`).join("");
  const output = await git.mustRun(["cat-file", "--batch"], { stdin, maxOutput: Number.POSITIVE_INFINITY });
  const contents: Buffer[] = [];
  let at = 0;
  for (const { bytes } of entries) {
    const start = output.indexOf("\n", at) + 1;
    contents.push(output.subarray(start, start + bytes));
    at = start + bytes + 1;
  }
  return contents;
}

/** False where a folder stands there. */
async function writeEntry(path: string, mode: string, bytes: Buffer): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() === true) return false;
  // A new file, so that one which shares its content with another place stays as it is there.
  if (stats !== undefined) await rm(path);
  await mkdir(dirname(path), { recursive: true });
  if (mode === "120000") {
    await symlink(bytes, path);
    return true;
  }
  const file = await open(path, "wx", mode === "100755" ? 0o777 : 0o666);
  try {
    await file.writeFile(bytes);
  } finally {
    await file.close();
  }
  return true;
}
