import { ok, type Result, refuse } from "../../base/errors.ts";
import type { ChangedFile, WorkDiff } from "../../protocol/records.ts";
import { type Git, records } from "./git.ts";
import { branchTip, resolveCommit, sharedGit } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/** What stands between an agent's base and the tip of its branch. */
interface Range {
  readonly git: Git;
  readonly base: string;
  readonly head: string;
}

/** The files that an agent's committed work changed, with renames found. */
export async function workDiff(room: Room, row: WorktreeRow): Promise<Result<WorkDiff>> {
  const range = await rangeOf(room, row);
  if (!range.ok) return range;
  const { git, base, head } = range.value;
  const [changes, counts] = await Promise.all([
    git.mustRun([...DIFF, "--name-status", "-z", base, head]),
    git.mustRun([...DIFF, "--numstat", "-z", base, head]),
  ]);
  return ok({ baseCommit: base, headCommit: head, files: filesOf(records(changes), countsOf(records(counts))) });
}

/** The same as a unified patch. */
export async function workPatch(room: Room, row: WorktreeRow): Promise<Result<string>> {
  const range = await rangeOf(room, row);
  if (!range.ok) return range;
  const { git, base, head } = range.value;
  const patch = await git.mustRun([...DIFF, "--patch", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", base, head]);
  return ok(patch.toString());
}

const DIFF = ["diff-tree", "-r", "--find-renames", "--no-ext-diff", "--no-textconv"];

async function rangeOf(room: Room, row: WorktreeRow): Promise<Result<Range>> {
  const git = await sharedGit(room);
  const head = (await branchTip(git, row.branch)) ?? (row.status === "creating" ? row.baseCommit : undefined);
  if (head === undefined || (await resolveCommit(git, row.baseCommit)) === undefined) {
    const last = row.headCommit ?? row.baseCommit;
    return refuse(
      "not_found",
      `the branch ${row.branch} is gone; bring it back with: git branch ${row.branch} ${last}`,
    );
  }
  return ok({ git, base: row.baseCommit, head });
}

interface Counts {
  readonly added: number | null;
  readonly deleted: number | null;
}

/** By path; git shows a binary file's counts as `-`. */
function countsOf(fields: readonly string[]): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  for (let index = 0; index < fields.length; index++) {
    const [added = "", deleted = "", ...rest] = (fields[index] ?? "").split("\t");
    let path = rest.join("\t");
    if (path === "") {
      // A rename: the old and the new path follow as fields of their own.
      path = fields[index + 2] ?? "";
      index += 2;
    }
    counts.set(path, { added: numberOf(added), deleted: numberOf(deleted) });
  }
  return counts;
}

const numberOf = (text: string): number | null => (text === "-" ? null : Number(text));

function filesOf(fields: readonly string[], counts: ReadonlyMap<string, Counts>): ChangedFile[] {
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < fields.length; ) {
    const letter = (fields[index] ?? "").charAt(0);
    const renamed = letter === "R";
    const path = fields[index + (renamed ? 2 : 1)] ?? "";
    const { added, deleted } = counts.get(path) ?? { added: null, deleted: null };
    files.push({
      path,
      status: statusOf(letter),
      previousPath: renamed ? (fields[index + 1] ?? null) : null,
      added,
      deleted,
    });
    index += renamed ? 3 : 2;
  }
  return files;
}

function statusOf(letter: string): ChangedFile["status"] {
  if (letter === "A") return "added";
  if (letter === "D") return "deleted";
  return letter === "R" ? "renamed" : "modified";
}

/** A file's bytes as of a commit; undefined where commit or file isn't there. Paths are names, never patterns. */
export async function readFileAt(room: Room, commit: string, path: string): Promise<Uint8Array | undefined> {
  if (!/^[0-9a-f]{4,64}$/i.test(commit) || path.includes("\0")) return undefined;
  const git = await sharedGit(room);
  const listed = await git.run(["ls-tree", "-z", commit, "--", path], { literalPaths: true });
  const [entry] = listed.code === 0 ? records(listed.stdout) : [];
  if (entry === undefined || entry.slice(entry.indexOf("\t") + 1) !== path) return undefined;
  const [, type, id] = entry.slice(0, entry.indexOf("\t")).split(" ");
  return type === "blob" && id !== undefined ? git.mustRun(["cat-file", "blob", id]) : undefined;
}
