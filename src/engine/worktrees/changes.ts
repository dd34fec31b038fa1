import type { ChangedFile } from "../../protocol/records.ts";
import { type Git, records } from "./git.ts";
import { type Entry, entryOf } from "./objects.ts";

/** A file that two commits differ in, renames found; with what is there in each. */
export interface Change extends ChangedFile {
  readonly before: Entry | null;
  readonly after: Entry | null;
}

/** Fixed, whatever the user configured: what is shown, named and merged must be the same each time. */
export const DIFF_OPTIONS = [
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "-O/dev/null",
  // Whatever .gitmodules says: what is merged is shown.
  "--ignore-submodules=none",
  "--diff-algorithm=histogram",
  "--indent-heuristic",
  "--inter-hunk-context=0",
  "--unified=3",
];

/** The files that differ between two trees or commits, sorted by path; only those below one, taken as a name. */
export async function changesBetween(git: Git, base: string, head: string, path = "."): Promise<Change[]> {
  const args = ["diff-tree", "-r", "-z", "--raw", "--numstat", "--find-renames", ...DIFF_OPTIONS, base, head];
  const fields = records(await git.mustRun([...args, ...below(path)], { literalPaths: true }));
  const files: RawChange[] = [];
  let next = 0;
  while (fields[next]?.startsWith(":") === true) next = takeRaw(fields, next, files);
  const counts = countsOf(fields.slice(next));
  return files.map((file) => ({ ...file, ...(counts.get(file.path) ?? { added: null, deleted: null }) }));
}

/** Arguments that keep git to what is below a path. */
export const below = (path: string): string[] => (path === "." ? [] : ["--", path]);

type RawChange = Omit<Change, "added" | "deleted">;

/** `:100644 100644 id id M` and a path, or for a rename two: the old one and the new one. Answers where the next begins. */
function takeRaw(fields: readonly string[], at: number, into: RawChange[]): number {
  const [beforeMode = "", afterMode = "", beforeId = "", afterId = "", letter = ""] = (fields[at] ?? "")
    .slice(1)
    .split(" ");
  const renamed = letter.startsWith("R");
  into.push({
    path: fields[at + (renamed ? 2 : 1)] ?? "",
    previousPath: renamed ? (fields[at + 1] ?? null) : null,
    status: statusOf(letter.charAt(0)),
    before: entryOf(beforeMode, beforeId),
    after: entryOf(afterMode, afterId),
  });
  return at + (renamed ? 3 : 2);
}

function statusOf(letter: string): ChangedFile["status"] {
  if (letter === "A") return "added";
  if (letter === "D") return "deleted";
  return letter === "R" ? "renamed" : "modified";
}

type Counts = Pick<ChangedFile, "added" | "deleted">;

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
