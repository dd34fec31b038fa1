import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";

/** What is on the disk, read without git. */

/** A file as git would have it. */
export interface FileState {
  readonly mode: string;
  /** Of the blob. */
  readonly id: string;
}

/** By path from the root. */
export type Files = ReadonlyMap<string, FileState>;

export const blobId = (content: Uint8Array): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

/** Every file and link below a folder; none where there is no folder. `skip` is asked of folders and files. */
export function filesIn(root: string, skip: (path: string) => boolean = () => false): Files {
  const files = new Map<string, FileState>();
  const look = (folder: string) => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (skip(path)) continue;
      const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stats?.isDirectory()) look(path);
      else if (stats !== undefined) files.set(path, fileAt(join(root, path), stats));
    }
  };
  if (existsSync(root)) look("");
  return files;
}

function fileAt(path: string, stats: Stats): FileState {
  if (stats.isSymbolicLink()) return { mode: "120000", id: blobId(readlinkSync(path, { encoding: "buffer" })) };
  return { mode: stats.mode & 0o100 ? "100755" : "100644", id: blobId(readFileSync(path)) };
}

/** Refs and what they lead to. */
export function refsIn(commonDir: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  const packed = join(commonDir, "packed-refs");
  for (const line of existsSync(packed) ? readFileSync(packed, "utf8").split("\n") : []) {
    const [id = "", ref] = line.split(" ");
    if (ref !== undefined && /^[0-9a-f]{40}$/.test(id)) refs.set(ref, id);
  }
  for (const path of filesIn(join(commonDir, "refs"), (name) => name.endsWith(".lock")).keys()) {
    refs.set(`refs/${path}`, readFileSync(join(commonDir, "refs", path), "utf8").trim());
  }
  return refs;
}

/** What one has and the other has not, by path. */
export function differences(what: string, before: Files, after: Files): string[] {
  const words: string[] = [];
  for (const [path, state] of before) {
    const now = after.get(path);
    if (now === undefined) words.push(`${what} ${JSON.stringify(path)} is gone`);
    else if (now.id !== state.id || now.mode !== state.mode) words.push(`${what} ${JSON.stringify(path)} changed`);
  }
  for (const path of after.keys()) if (!before.has(path)) words.push(`${what} ${JSON.stringify(path)} is new`);
  return words;
}
