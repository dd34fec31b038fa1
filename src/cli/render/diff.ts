import type { ChangedFile, WorkDiff } from "../../protocol/records.ts";
import { type Line, line, type Span, span, type Tone } from "./line.ts";
import { left, right, table } from "./table.ts";
import { formatCount, inert, plural, truncate } from "./text.ts";

const LONGEST_BAR = 40;
const LONGEST_PATH = 80;

const marks: Readonly<Record<ChangedFile["status"], Span>> = {
  added: span("A", "green"),
  modified: span("M", "yellow"),
  deleted: span("D", "red"),
  renamed: span("R", "blue"),
};

/** One line for each file with a bar of its lines, and the sum below. */
export function statLines(diff: Pick<WorkDiff, "files">): Line[] {
  if (diff.files.length === 0) return [statSum(diff)];
  const largest = Math.max(1, ...diff.files.map(({ added, deleted }) => (added ?? 0) + (deleted ?? 0)));
  const scale = Math.min(1, LONGEST_BAR / largest);
  const rows = diff.files.map((file) => [
    [marks[file.status]],
    line(pathOf(file)),
    line(linesOf(file)),
    bar(file, scale),
  ]);
  return [...table([left(""), left(""), right(""), left("")], rows), statSum(diff)];
}

/** `3 files changed, 120 lines added, 4 deleted`, or `no changes`. */
export function statSum(diff: Pick<WorkDiff, "files">): Line {
  if (diff.files.length === 0) return line("no changes", "dim");
  const added = diff.files.reduce((sum, file) => sum + (file.added ?? 0), 0);
  const deleted = diff.files.reduce((sum, file) => sum + (file.deleted ?? 0), 0);
  return line(
    `${plural(diff.files.length, "file")} changed, ${plural(added, "line")} added, ${formatCount(deleted)} deleted`,
    "dim",
  );
}

export const markOf = (status: ChangedFile["status"]): Span => marks[status];

/** Where a file is, and was before; inert and cut. */
export const pathOf = (file: ChangedFile): string => {
  const path = file.previousPath === null ? file.path : `${file.previousPath} → ${file.path}`;
  return truncate(inert(path), LONGEST_PATH);
};

const linesOf = ({ added, deleted }: ChangedFile): string =>
  added === null || deleted === null ? "binary" : formatCount(added + deleted);

/** At least one sign for whatever there is. */
function bar({ added, deleted }: ChangedFile, scale: number): Line {
  const length = (count: number | null) => (count === null || count === 0 ? 0 : Math.max(1, Math.round(count * scale)));
  return [span("+".repeat(length(added)), "green"), span("-".repeat(length(deleted)), "red")];
}

/** A unified patch for a terminal: inert, each kind of line in its colour. */
export function patchLines(patch: string): Line[] {
  let inHunk = false;
  return inert(patch)
    .replace(/\n$/, "")
    .split("\n")
    .map((text) => {
      if (text.startsWith("diff --git ")) inHunk = false;
      if (text.startsWith("@@ ")) inHunk = true;
      return line(text.replaceAll("\t", "    "), inHunk ? toneInHunk(text) : "bold");
    });
}

function toneInHunk(text: string): Tone | null {
  if (text.startsWith("@@ ")) return "cyan";
  if (text.startsWith("+")) return "green";
  if (text.startsWith("-")) return "red";
  return text.startsWith("\\") ? "dim" : null;
}
