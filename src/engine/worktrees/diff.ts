import { ok, type Result, refuse } from "../../base/errors.ts";
import type { ChangedFile, WorkDiff } from "../../protocol/records.ts";
import { below, type Change, changesBetween, DIFF_OPTIONS } from "./changes.ts";
import { type Git, records } from "./git.ts";
import { branchRef, resolveCommits, sharedGit } from "./objects.ts";
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
  const files = (await changesBetween(git, base, head)).map(withoutEntries);
  return ok({ baseCommit: base, headCommit: head, files });
}

/** The files at which two trees differ, with renames found; `path`: only those below it, taken as a name. */
export const changedFiles = async (git: Git, from: string, to: string, path: string): Promise<ChangedFile[]> =>
  (await changesBetween(git, from, to, path)).map(withoutEntries);

const withoutEntries = ({ before: _, after: __, ...file }: Change) => file;

/** What git is asked for a patch between two trees; as above. */
export const patchArguments = (from: string, to: string, path = "."): string[] => [
  ...["diff-tree", "-r", "--find-renames", ...DIFF_OPTIONS, "--patch", "--src-prefix=a/", "--dst-prefix=b/"],
  ...[from, to, ...below(path)],
];

/** The same as a unified patch. */
export async function workPatch(room: Room, row: WorktreeRow): Promise<Result<string>> {
  const range = await rangeOf(room, row);
  if (!range.ok) return range;
  const { git, base, head } = range.value;
  const patch = await git.mustRun(patchArguments(base, head));
  return ok(patch.toString());
}

async function rangeOf(room: Room, row: WorktreeRow): Promise<Result<Range>> {
  const git = await sharedGit(room);
  const [tip, base] = await resolveCommits(git, [branchRef(row.branch), row.baseCommit]);
  const head = tip ?? (row.status === "creating" ? base : undefined);
  if (head === undefined || base === undefined) {
    const last = row.headCommit ?? row.baseCommit;
    return refuse(
      "not_found",
      `the branch ${row.branch} is gone; bring it back with: git branch ${row.branch} ${last}`,
    );
  }
  return ok({ git, base: row.baseCommit, head });
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
