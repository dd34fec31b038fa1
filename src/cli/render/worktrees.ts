import { type Clash, clashWords } from "../../protocol/collisions.ts";
import type { CleanReport, LeftOut, Orphan, WorktreeRecord } from "../../protocol/records.ts";
import { type Line, line, span } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { workStatusOf } from "./status.ts";
import { left, table } from "./table.ts";
import { formatBytes, formatInstant, plural, shortHash } from "./text.ts";

/** One line for each worktree, and below it what its work collides with. */
export function worktreeLines(
  worktrees: readonly WorktreeRecord[],
  nameOf: NameOf,
  clashes: ReadonlyMap<string, readonly Clash[]> = new Map(),
): Line[] {
  const rows = worktrees.map((worktree) => [
    line(nameOf(worktree.agentId)),
    [workStatusOf(worktree.status)],
    line(worktree.branch),
    line(worktree.targetBranch),
    line(worktree.mergeCommit === null ? "" : shortHash(worktree.mergeCommit)),
    line(worktree.path, "dim"),
  ]);
  const columns = [left("AGENT"), left("STATUS"), left("BRANCH"), left("INTO"), left("MERGE"), left("PATH")];
  const [titles = [], ...told] = table(columns, rows);
  return [titles, ...told.flatMap((each, index) => [each, ...clashLines(worktrees[index], nameOf, clashes)])];
}

function clashLines(
  worktree: WorktreeRecord | undefined,
  nameOf: NameOf,
  clashes: ReadonlyMap<string, readonly Clash[]>,
): Line[] {
  const words = clashWords(clashes.get(worktree?.agentId ?? "") ?? [], nameOf);
  return words === "" ? [] : [[span("  ! ", "yellow"), span(words, "yellow")]];
}

/** What can be brought back of removed worktrees, one line for each. */
export function removedLines(
  removed: readonly WorktreeRecord[],
  leftOut: Readonly<Record<string, readonly LeftOut[]>>,
  nameOf: NameOf,
  timeZone?: string,
): Line[] {
  const rows = removed.map(({ agentId, removedAt, snapshotCommit, ignoredCommit }) => [
    line(nameOf(agentId)),
    line(removedAt === null ? "" : formatInstant(removedAt, timeZone), "dim"),
    line(keptOf(snapshotCommit, ignoredCommit)),
    line(sumOf(leftOut[agentId] ?? []), "dim"),
  ]);
  return table([left("REMOVED"), left("WHEN"), left("KEPT"), left("TOO LARGE TO KEEP")], rows);
}

function keptOf(snapshotCommit: string | null, ignoredCommit: string | null): string {
  if (snapshotCommit === null) return "its branch";
  return ignoredCommit === null ? "its branch, all files" : "its branch, all files, ignored ones";
}

/** "3 files, 1.2 GB"; empty where there is none. */
function sumOf(files: readonly LeftOut[]): string {
  if (files.length === 0) return "";
  const bytes = files.reduce((sum, each) => sum + each.bytes, 0);
  return `${plural(files.length, "path")}, ${formatBytes(bytes)}`;
}

/** What was too large to be kept, one line for each. */
export const leftOutLines = (files: readonly LeftOut[]): Line[] => [
  line("Ignored files that were too large to be kept, and are not back:"),
  ...files.map(({ path, bytes }) => line(`  ${path}  ${formatBytes(bytes)}`)),
];

/** One line for each. */
export function orphanLines(orphans: readonly Orphan[]): Line[] {
  const rows = orphans.map((orphan) => [
    line(orphan.name),
    line(describeOrphan(orphan)),
    line(orphan.branch ?? ""),
    line(orphan.filesCommit === null ? "" : shortHash(orphan.filesCommit)),
    line(orphan.path ?? "", "dim"),
  ]);
  return table([left("ORPHAN"), left("WHAT"), left("BRANCH"), left("SNAPSHOT"), left("PATH")], rows);
}

function describeOrphan({ kind, path, isRecorded, filesCommit }: Orphan): string {
  if (kind === "repositories") return "repositories that a worktree held";
  if (kind === "leftover") return "not kept yet";
  if (path !== null) return isRecorded ? "worktree" : "folder";
  return filesCommit === null ? "branch" : "snapshot";
}

/** What a clean-up did, or would do. */
export function cleanedLines({ removed, purged, orphans, stays }: CleanReport, verb: "is" | "would be"): Line[] {
  const done = (what: string, rest: string): Line => [
    span(verb === "is" ? "✓ " : "· ", verb === "is" ? "green" : "dim"),
    span(what, "bold"),
    span(`  ${rest}`),
  ];
  const lines = [
    ...removed.map(({ branch, path }) => done(branch, `${path} ${verb} removed; its branch and files are kept`)),
    ...orphans.map(({ name, path }) => done(name, `${path} ${verb} removed; its files are kept`)),
    ...purged.map(({ branch }) => done(branch, `what was uncommitted or ignored ${verb} forgotten; the branch stays`)),
    ...stays.map(({ name, why }): Line => [span("× ", "yellow"), span(name, "bold"), span(`  stays: ${why}`)]),
  ];
  return lines.length === 0 ? [line("Nothing to clean up")] : lines;
}
