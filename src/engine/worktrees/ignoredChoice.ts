import type { LeftOut } from "../../protocol/records.ts";

/** Which ignored files are kept when a worktree is removed. */

export interface IgnoredFile {
  readonly path: string;
  readonly bytes: number;
}

/** Files that the same entry of an ignore file leaves out, for instance all below `node_modules/`. */
export interface IgnoredGroup {
  readonly name: string;
  readonly files: readonly IgnoredFile[];
}

export interface IgnoredCaps {
  /** Bytes of one file. */
  readonly perFile: number;
  /** Bytes of all together. */
  readonly together: number;
}

/**
 * Files up to the cap, and of these whole groups, the smallest first, as long as they fit: settings, logs and small
 * databases rather than a part of what an installation can bring again.
 */
export function chooseIgnored(
  groups: readonly IgnoredGroup[],
  caps: IgnoredCaps,
): { readonly kept: readonly IgnoredFile[]; readonly leftOut: readonly LeftOut[] } {
  const kept: IgnoredFile[] = [];
  const leftOut: LeftOut[] = [];
  const fitting = groups.map(({ name, files }) => {
    leftOut.push(...files.filter(({ bytes }) => bytes > caps.perFile));
    const small = files.filter(({ bytes }) => bytes <= caps.perFile);
    return { name, files: small, bytes: small.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
  let room = caps.together;
  for (const { name, files, bytes } of fitting.sort((a, b) => a.bytes - b.bytes || (a.name < b.name ? -1 : 1))) {
    if (files.length === 0) continue;
    if (bytes > room) {
      leftOut.push({ path: name, bytes });
      continue;
    }
    room -= bytes;
    kept.push(...files);
  }
  return { kept, leftOut };
}

/** Paths by the ignored folder that they are in; a file that is ignored itself is a group of its own. */
export function groupIgnored(files: readonly IgnoredFile[], folders: ReadonlySet<string>): IgnoredGroup[] {
  const groups = new Map<string, IgnoredFile[]>();
  for (const file of files) {
    const name = folderOf(file.path, folders) ?? file.path;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [file]);
    else group.push(file);
  }
  return [...groups].map(([name, inside]) => ({ name, files: inside }));
}

function folderOf(path: string, folders: ReadonlySet<string>): string | undefined {
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
    const folder = path.slice(0, slash + 1);
    if (folders.has(folder)) return folder;
  }
  return undefined;
}

/** As many are named in a commit's message. */
const NAMED = 200;
const HEADING = "Left out, as too large:";

/** What a commit's message says of what is not in it; empty where all is. */
export function describeLeftOut(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return "";
  const lines = leftOut.slice(0, NAMED).map(({ path, bytes }) => `- ${JSON.stringify(path)} ${bytes}`);
  const more = leftOut.length > NAMED ? [`and ${leftOut.length - NAMED} more`] : [];
  return [HEADING, ...lines, ...more].join("\n");
}

/** What such a message says, back. */
export function readLeftOut(message: string): LeftOut[] {
  const from = message.indexOf(HEADING);
  if (from < 0) return [];
  return message
    .slice(from)
    .split("\n")
    .flatMap((line) => {
      const groups = /^- (?<path>".*") (?<bytes>\d+)$/.exec(line)?.groups;
      const path: unknown = groups?.path === undefined ? undefined : JSON.parse(groups.path);
      return typeof path === "string" ? [{ path, bytes: Number(groups?.bytes) }] : [];
    });
}
