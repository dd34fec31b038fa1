import { ok, type Result, refuse } from "../../base/errors.ts";
import type { CommentCommand, MarkCommand } from "../../protocol/commands.ts";
import type { DiffHunk, ReviewComment } from "../../protocol/records.ts";
import type { Transaction } from "../store/port.ts";
import { type Change, changesBetween } from "./changes.ts";
import { linesOf } from "./hunks.ts";
import { changeAt, hunksOf } from "./review.ts";
import {
  clearMark,
  clearMarks,
  commentById,
  deleteComment,
  type Mark,
  marksOf,
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
