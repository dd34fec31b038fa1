import { createHash, type Hash } from "node:crypto";
import type { DiffHunk, DiffLine } from "../../protocol/records.ts";

/** Hunks of one file's diff: read from git's patch, and put together again from those that were chosen. Pure. */

const HEAD =
  /^@@ -(?<baseStart>\d+)(?:,(?<baseCount>\d+))? \+(?<workStart>\d+)(?:,(?<workCount>\d+))? @@ ?(?<heading>.*)$/;

type Kind = DiffLine["kind"];
const KINDS: Readonly<Record<string, Kind>> = { " ": "context", "+": "added", "-": "deleted" };

/** A hunk that is being read. */
interface Open {
  readonly head: Omit<DiffHunk, "id" | "lines">;
  readonly lines: DiffLine[];
  readonly hash: Hash;
  /** Lines of each version that were read. */
  base: number;
  work: number;
}

/** The hunks of a unified patch of one file. */
export function parseHunks(patch: Buffer): DiffHunk[] {
  const open: Open[] = [];
  for (const line of linesOf(patch)) {
    const text = withoutBreak(line);
    const current = open.at(-1);
    const head = current === undefined || isWhole(current) ? HEAD.exec(text.toString())?.groups : undefined;
    if (head !== undefined) open.push(openHunk(head));
    else if (current !== undefined) takeLine(current, text);
  }
  return named(open);
}

function openHunk({
  baseStart,
  baseCount,
  workStart,
  workCount,
  heading = "",
}: Readonly<Record<string, string>>): Open {
  const head = {
    baseStart: Number(baseStart),
    baseCount: Number(baseCount ?? 1),
    workStart: Number(workStart),
    workCount: Number(workCount ?? 1),
    heading,
  };
  return { head, lines: [], hash: createHash("sha256"), base: 0, work: 0 };
}

const isWhole = ({ head, base, work }: Open): boolean => base === head.baseCount && work === head.workCount;

function takeLine(hunk: Open, line: Buffer): void {
  const mark = line.subarray(0, 1).toString();
  if (mark === "\\") endWithoutBreak(hunk);
  const kind = KINDS[mark];
  if (kind === undefined || isWhole(hunk)) return;
  if (kind !== "context") hunk.hash.update(line).update("\n");
  hunk.lines.push({
    kind,
    text: line.subarray(1).toString(),
    baseLine: kind === "added" ? null : hunk.head.baseStart + hunk.base++,
    workLine: kind === "deleted" ? null : hunk.head.workStart + hunk.work++,
    noNewline: false,
  });
}

/** Of the line just read; it comes after the last one of either version. */
function endWithoutBreak({ lines, hash }: Open): void {
  const last = lines.at(-1);
  if (last === undefined) return;
  lines[lines.length - 1] = { ...last, noNewline: true };
  if (last.kind !== "context") hash.update("\\");
}

/** A hunk is known by what it changes, and, of several alike, by its place among them. */
function named(open: readonly Open[]): DiffHunk[] {
  const alike = new Map<string, number>();
  return open.map(({ head, lines, hash }) => {
    const digest = hash.digest("hex").slice(0, 16);
    const before = alike.get(digest) ?? 0;
    alike.set(digest, before + 1);
    return { id: before === 0 ? digest : `${digest}-${before + 1}`, ...head, lines };
  });
}

/** The base with those hunks that were chosen: byte for byte, whatever the text's encoding. */
export function applyHunks(
  base: Buffer,
  work: Buffer,
  hunks: readonly DiffHunk[],
  isChosen: (hunk: DiffHunk) => boolean,
): Buffer {
  const [baseLines, workLines] = [linesOf(base), linesOf(work)];
  const parts: Buffer[][] = [];
  let taken = 0;
  for (const hunk of hunks) {
    const start = firstIndex(hunk.baseStart, hunk.baseCount);
    const end = start + hunk.baseCount;
    const from = firstIndex(hunk.workStart, hunk.workCount);
    parts.push(baseLines.slice(taken, start));
    parts.push(isChosen(hunk) ? workLines.slice(from, from + hunk.workCount) : baseLines.slice(start, end));
    taken = end;
  }
  return Buffer.concat([...parts.flat(), ...baseLines.slice(taken)]);
}

/** A stretch of no lines stands after the line that git names. */
const firstIndex = (start: number, count: number): number => (count === 0 ? start : start - 1);

const LINE_FEED = 10;

/** With their line breaks. */
export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(bytes.subarray(start, next));
    start = next;
  }
  return lines;
}

const withoutBreak = (line: Buffer): Buffer => (line.at(-1) === LINE_FEED ? line.subarray(0, -1) : line);
