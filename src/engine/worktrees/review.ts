import { ok, type Result, refuse } from "../../base/errors.ts";
import type { DiffHunk, FileReview, Review, ReviewFile } from "../../protocol/records.ts";
import type { Decision } from "../../protocol/words.ts";
import { type Change, changesBetween, DIFF_OPTIONS } from "./changes.ts";
import type { Git } from "./git.ts";
import { parseHunks } from "./hunks.ts";
import { type Entry, mergeTrees } from "./objects.ts";
import { answersOf, commentsOf, type Mark, marksOf, WHOLE_FILE } from "./reviewRows.ts";
import type { Room } from "./room.ts";
import { recordOf, rowOfBranch, type WorktreeRow } from "./rows.ts";
import { type Work, workOf } from "./work.ts";

/** What this room knows of a review. */
export type WorkReview = Omit<Review, "agent" | "collisions">;

/** Bytes of a file above which its lines are not shown: it is decided on as a whole. */
const MAX_SHOWN = 1_000_000;

/** What the user is to decide on. Reads only. */
export async function readReview(
  room: Room,
  row: WorktreeRow,
): Promise<Result<Omit<WorkReview, "undoable" | "resolution">>> {
  const work = await workOf(room, row);
  if (!work.ok) return work;
  const { base, head } = work.value;
  const [marks, comments, answers, target] = await room.store.read(async (reader) => [
    await marksOf(reader, row.agentId),
    await commentsOf(reader, row.agentId),
    await answersOf(reader, row.agentId),
    await rowOfBranch(reader, row.targetBranch),
  ]);
  return ok({
    worktree: recordOf(row),
    targetAgentId: target?.agentId ?? null,
    baseCommit: base,
    headCommit: head,
    files: await decided(work.value, marks),
    comments,
    answers,
    conflicts: await conflictsOf(work.value),
  });
}

/** Files in which a merge into the target would conflict now. */
async function conflictsOf({ git, head, target, mergeBase }: Work): Promise<string[]> {
  if (target === undefined) return [];
  const merged = await mergeTrees(git, target, head, mergeBase ?? undefined);
  return merged.kind === "conflict" ? [...merged.files] : [];
}

/** A file of a review with its hunks, where it can be decided on by hunk. */
export interface DecidedFile {
  readonly change: Change;
  readonly decision: Decision | null;
  readonly marks: Readonly<Record<string, Decision>>;
  readonly wholeOnly: boolean;
}

async function decided(work: Work, marks: readonly Mark[]): Promise<ReviewFile[]> {
  const changes = await changesBetween(work.git, work.base, work.head);
  const sizes = await sizesOf(work.git, changes);
  const files: ReviewFile[] = [];
  for (const change of changes) {
    const own = marks.filter(({ path }) => path === change.path);
    files.push(await reviewFile(work.git, change, own, sizes));
  }
  return files;
}

async function reviewFile(
  git: Git,
  change: Change,
  marks: readonly Mark[],
  sizes: ReadonlyMap<string, number>,
): Promise<ReviewFile> {
  const { before, after, ...file } = change;
  const size = (entry: Entry | null) => (entry === null ? null : (sizes.get(entry.id) ?? null));
  const omitted = whyOmitted(change, sizes);
  return {
    ...file,
    baseSize: size(before),
    workSize: size(after),
    baseMode: before?.mode ?? null,
    workMode: after?.mode ?? null,
    binary: change.added === null && omitted !== "submodule",
    wholeOnly: omitted !== null || isLink(change),
    decision: marks.find(({ hunk }) => hunk === WHOLE_FILE)?.decision ?? null,
    marks: await marksThatFit(git, change, marks),
  };
}

/** Those of hunks that are there. */
async function marksThatFit(git: Git, change: Change, marks: readonly Mark[]): Promise<Record<string, Decision>> {
  const ofHunks = marks.filter(({ hunk }) => hunk !== WHOLE_FILE);
  if (ofHunks.length === 0) return {};
  const there = new Set((await hunksOf(git, change)).map(({ id }) => id));
  return Object.fromEntries(
    ofHunks.filter(({ hunk }) => there.has(hunk)).map(({ hunk, decision }) => [hunk, decision]),
  );
}

const LINK = "120000";
const SUBMODULE = "160000";

const isLink = ({ before, after }: Change): boolean => before?.mode === LINK || after?.mode === LINK;

function whyOmitted(change: Change, sizes: ReadonlyMap<string, number>): FileReview["omitted"] {
  const entries = [change.before, change.after].filter((entry) => entry !== null);
  if (entries.some(({ mode }) => mode === SUBMODULE)) return "submodule";
  if (change.added === null) return "binary";
  return entries.some(({ id }) => (sizes.get(id) ?? 0) > MAX_SHOWN) ? "large" : null;
}

/** Bytes by blob id. */
async function sizesOf(git: Git, changes: readonly Change[]): Promise<Map<string, number>> {
  const entries = changes.flatMap(({ before, after }) => [before, after]).filter((entry) => entry !== null);
  const ids = entries.filter(({ mode }) => mode !== SUBMODULE).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const asked = await git.text(["cat-file", "--batch-check=%(objectname) %(objectsize)"], { stdin: ids.join("\n") });
  const pairs = asked.split("\n").map((line) => line.split(" "));
  return new Map(pairs.map(([id = "", size = ""]) => [id, Number(size)]));
}

/** A file's hunks; none where its lines are not to be shown. */
export async function hunksOf(git: Git, { before, after }: Change): Promise<DiffHunk[]> {
  const patch = ["diff", ...DIFF_OPTIONS, "--full-index", await idOf(git, before), await idOf(git, after)];
  return parseHunks(await git.mustRun(patch));
}

/** A file that isn't there is compared as an empty one. */
const idOf = async (git: Git, entry: Entry | null): Promise<string> =>
  entry?.id ?? (await git.text(["hash-object", "-w", "--stdin"], { stdin: "" }));

/** One file's lines. Refuses with `not_found` a path that the work doesn't change. */
export async function readFileReview(room: Room, row: WorktreeRow, path: string): Promise<Result<FileReview>> {
  const work = await workOf(room, row);
  if (!work.ok) return work;
  const found = await changeAt(work.value, path);
  if (!found.ok) return found;
  const sizes = await sizesOf(work.value.git, [found.value]);
  const omitted = whyOmitted(found.value, sizes);
  const hunks = omitted === null ? await hunksOf(work.value.git, found.value) : [];
  return ok({ path, headCommit: work.value.head, hunks, omitted });
}

export async function changeAt({ git, base, head }: Work, path: string): Promise<Result<Change>> {
  const found = (await changesBetween(git, base, head)).find((change) => change.path === path);
  return found === undefined ? refuse("not_found", `${path} is no file that this work changes: look again`) : ok(found);
}

/** What was decided of a hunk: its own mark, or else that of its file. */
export const decisionOf = (file: Pick<ReviewFile, "decision" | "marks">, hunk: string): Decision | null =>
  file.marks[hunk] ?? file.decision;
