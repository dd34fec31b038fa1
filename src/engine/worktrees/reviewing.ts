import { ok, type Result, refuse } from "../../base/errors.ts";
import type { CommentCommand, MarkCommand } from "../../protocol/commands.ts";
import type { DiffHunk, ReviewComment, ReviewFile } from "../../protocol/records.ts";
import type { Transaction } from "../store/port.ts";
import { type Change, changesBetween } from "./changes.ts";
import { linesOf } from "./hunks.ts";
import { changeAt, decisionOf, hunksOf, readReview } from "./review.ts";
import {
  clearMark,
  clearMarks,
  commentById,
  commentsOf,
  deleteComment,
  type Mark,
  marksOf,
  putAnswer,
  putComment,
  resolveComment,
  setMark,
  WHOLE_FILE,
} from "./reviewRows.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { type Work, workOf } from "./work.ts";

/** Keeps a decision of the user's on all files, on one, or on a hunk of one. */
export async function markWork(room: Room, row: WorktreeRow, command: MarkCommand): Promise<Result<null>> {
  const work = await workOf(room, row);
  if (!work.ok) return work;
  const plan = await planMark(room, row, work.value, command);
  if (!plan.ok) return plan;
  await changing(room, row, (tx) => plan.value(tx));
  return ok(null);
}

type Deed = (tx: Transaction) => Promise<void>;

async function planMark(room: Room, row: WorktreeRow, work: Work, command: MarkCommand): Promise<Result<Deed>> {
  const { path, hunk, decision } = command;
  const at = room.clock.now();
  const { agentId } = row;
  const markFiles = (paths: readonly string[]) => async (tx: Transaction) => {
    for (const each of paths) {
      await clearMarks(tx, agentId, each);
      if (decision !== null) await setMark(tx, agentId, { path: each, hunk: WHOLE_FILE, decision }, at);
    }
  };
  if (path === undefined) {
    if (decision === null) return ok((tx) => clearMarks(tx, agentId));
    return ok(markFiles((await changesBetween(work.git, work.base, work.head)).map((change) => change.path)));
  }
  const change = await changeAt(work, path);
  if (!change.ok) return change;
  if (hunk === undefined) return ok(markFiles([path]));
  return planHunk(room, row, work, change.value, { path, hunk, decision });
}

/** What was decided of the whole file is from then on decided of each of its other hunks. */
async function planHunk(
  room: Room,
  { agentId }: WorktreeRow,
  { git }: Work,
  change: Change,
  { path, hunk, decision }: { path: string; hunk: string; decision: Mark["decision"] | null },
): Promise<Result<Deed>> {
  const hunks = await hunksOf(git, change);
  if (!hunks.some(({ id }) => id === hunk)) {
    return refuse("not_found", `${path} has no such hunk any more: look at its changes again`);
  }
  const at = room.clock.now();
  return ok(async (tx) => {
    const marks = (await marksOf(tx, agentId)).filter((mark) => mark.path === path);
    const whole = marks.find((mark) => mark.hunk === WHOLE_FILE)?.decision;
    if (whole !== undefined) {
      await clearMark(tx, agentId, path, WHOLE_FILE);
      for (const { id } of hunks) await setMark(tx, agentId, { path, hunk: id, decision: whole }, at);
    }
    if (decision === null) await clearMark(tx, agentId, path, hunk);
    else await setMark(tx, agentId, { path, hunk, decision }, at);
  });
}

/** Writes a comment on a line, or changes one that wasn't sent. */
export async function commentOn(
  room: Room,
  row: WorktreeRow,
  command: CommentCommand & { readonly id: string },
): Promise<Result<ReviewComment>> {
  const work = await workOf(room, row);
  if (!work.ok) return work;
  const place = await placeOf(work.value, command);
  if (!place.ok) return place;
  const { id, path, side, line, body } = command;
  return room.store.attempt(async (tx) => {
    const before = await commentById(tx, id);
    if (before?.sentAt != null) return refuse("illegal_move", "this comment was sent already: write a new one");
    const comment: ReviewComment = {
      ...{ id, agentId: row.agentId, path, side, line, body, ...place.value },
      headCommit: work.value.head,
      writtenAt: before?.writtenAt ?? room.clock.now(),
      messageId: null,
      sentAt: null,
      resolvedAt: null,
    };
    await putComment(tx, comment);
    await tx.emit({ type: "review.changed", agentId: row.agentId });
    return ok(comment);
  });
}

/** The hunk in which a line stands, and the lines around it. */
async function placeOf(work: Work, command: CommentCommand): Promise<Result<Pick<ReviewComment, "hunk" | "excerpt">>> {
  const change = await changeAt(work, command.path);
  if (!change.ok) return change;
  const hunks = change.value.added === null ? [] : await hunksOf(work.git, change.value);
  const lineOf = command.side === "base" ? "baseLine" : "workLine";
  const hunk = hunks.find(({ lines }) => lines.some((each) => each[lineOf] === command.line));
  if (hunk !== undefined) return ok({ hunk: hunk.id, excerpt: excerptOf(hunk, lineOf, command.line) });
  const entry = command.side === "base" ? change.value.before : change.value.after;
  const lines = entry === null ? [] : linesOf(await work.git.mustRun(["cat-file", "blob", entry.id]));
  if (command.line > Math.max(lines.length, 1)) {
    return refuse("bad_input", `${command.path} has ${lines.length} lines: there is no line ${command.line}`);
  }
  const around = lines.slice(Math.max(0, command.line - 1 - AROUND), command.line + AROUND);
  return ok({ hunk: null, excerpt: Buffer.concat(around).toString().trimEnd().slice(0, MAX_EXCERPT) });
}

/** Lines before and after the one that a comment is on. */
const AROUND = 4;
const MAX_EXCERPT = 2_000;

const MARKS = { context: " ", added: "+", deleted: "-" } as const;

export const lineText = ({ kind, text }: DiffHunk["lines"][number]): string => `${MARKS[kind]}${text}`;

function excerptOf(hunk: DiffHunk, lineOf: "baseLine" | "workLine", line: number): string {
  const index = hunk.lines.findIndex((each) => each[lineOf] === line);
  const around = hunk.lines.slice(Math.max(0, index - AROUND), index + AROUND + 1);
  return around.map(lineText).join("\n").slice(0, MAX_EXCERPT);
}

/** Deletes a comment that wasn't sent; one that was is resolved, or open again. */
export async function settleComment(room: Room, id: string, resolved: boolean): Promise<Result<null>> {
  return room.store.attempt(async (tx) => {
    const comment = await commentById(tx, id);
    if (comment === undefined) return refuse("not_found", "there is no such comment any more");
    if (comment.sentAt === null) await deleteComment(tx, id);
    else await resolveComment(tx, id, resolved ? room.clock.now() : null);
    await tx.emit({ type: "review.changed", agentId: comment.agentId });
    return ok(null);
  });
}

const changing = (room: Room, row: WorktreeRow, change: Deed): Promise<void> =>
  room.store.transaction(async (tx) => {
    await change(tx);
    await tx.emit({ type: "review.changed", agentId: row.agentId });
  });

/** What an agent is to be told: the comments that it wasn't, and what was rejected of its work. */
export interface ChangesRequest {
  readonly comments: readonly ReviewComment[];
  readonly rejected: readonly RejectedPart[];
}

export interface RejectedPart {
  readonly path: string;
  /** Null: the whole file. */
  readonly hunk: DiffHunk | null;
}

export async function changesToRequest(room: Room, row: WorktreeRow): Promise<Result<ChangesRequest>> {
  const review = await readReview(room, row);
  const work = review.ok ? await workOf(room, row) : review;
  if (!review.ok) return review;
  if (!work.ok) return work;
  const changes = await changesBetween(work.value.git, work.value.base, work.value.head);
  const rejected: RejectedPart[] = [];
  for (const file of review.value.files) {
    const change = changes.find(({ path }) => path === file.path);
    if (change !== undefined) rejected.push(...(await rejectedOf(work.value, change, file)));
  }
  return ok({ comments: review.value.comments.filter(({ sentAt }) => sentAt === null), rejected });
}

async function rejectedOf({ git }: Work, change: Change, file: ReviewFile): Promise<RejectedPart[]> {
  const whole = { path: file.path, hunk: null };
  const anyMark = Object.values(file.marks).includes("rejected");
  if (file.decision !== "rejected" && !anyMark) return [];
  if (file.wholeOnly || (file.decision === "rejected" && Object.keys(file.marks).length === 0)) return [whole];
  const hunks = (await hunksOf(git, change)).filter(({ id }) => decisionOf(file, id) === "rejected");
  return hunks.map((hunk) => ({ path: file.path, hunk }));
}

/** Keeps what an agent says to a comment of its own review. */
export function answerComment(
  room: Room,
  agentId: string,
  { id, commentId, body }: { readonly id: string; readonly commentId: string; readonly body: string },
): Promise<Result<null>> {
  return room.store.attempt(async (tx) => {
    const comments = (await commentsOf(tx, agentId)).filter(({ sentAt }) => sentAt !== null);
    const comment = comments.find((each) => each.id === commentId || shortId(each.id) === commentId);
    if (comment === undefined) {
      const known = comments.map((each) => shortId(each.id)).join(", ");
      return refuse("not_found", `You were sent no comment ${commentId}. There are: ${known || "none"}.`);
    }
    await putAnswer(tx, agentId, { id, commentId: comment.id, body, at: room.clock.now() });
    await tx.emit({ type: "review.changed", agentId });
    return ok(null);
  });
}

/** By which an agent names a comment. */
export const shortId = (id: string): string => id.slice(-6);
