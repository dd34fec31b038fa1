import { z } from "zod";
import { type ReviewComment, reviewCommentSchema } from "../../protocol/records.ts";
import { decisions } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";

/** A decision. `hunk` is empty for a whole file. */
const markSchema = z.object({ path: z.string(), hunk: z.string(), decision: z.enum(decisions) });
export type Mark = z.infer<typeof markSchema>;

/** What stands for the whole file where a hunk is named. */
export const WHOLE_FILE = "";

export const marksOf = (reader: Reader, agentId: string): Promise<Mark[]> =>
  reader.all(markSchema, "SELECT path, hunk, decision FROM review_marks WHERE agent_id = +? ORDER BY path, hunk", [
    agentId,
  ]);

export async function setMark(tx: Transaction, agentId: string, mark: Mark, at: number): Promise<void> {
  await tx.run(
    `INSERT INTO review_marks (agent_id, path, hunk, decision, marked_at) VALUES (?, ?, ?, ?, CAST(? AS INTEGER))
     ON CONFLICT (agent_id, path, hunk) DO UPDATE SET decision = excluded.decision, marked_at = excluded.marked_at`,
    [agentId, mark.path, mark.hunk, mark.decision, at],
  );
}

/** Of one file, or of all. */
export async function clearMarks(tx: Transaction, agentId: string, path?: string): Promise<void> {
  if (path === undefined) await tx.run("DELETE FROM review_marks WHERE agent_id = ?", [agentId]);
  else await tx.run("DELETE FROM review_marks WHERE agent_id = ? AND path = ?", [agentId, path]);
}

export async function clearMark(tx: Transaction, agentId: string, path: string, hunk: string): Promise<void> {
  await tx.run("DELETE FROM review_marks WHERE agent_id = ? AND path = ? AND hunk = ?", [agentId, path, hunk]);
}

const COMMENT = `id, agent_id AS agentId, path, side, line, head_commit AS headCommit, hunk, excerpt, body,
  written_at AS writtenAt, message_id AS messageId, sent_at AS sentAt, resolved_at AS resolvedAt`;

export const commentsOf = (reader: Reader, agentId: string): Promise<ReviewComment[]> =>
  reader.all(
    reviewCommentSchema,
    `SELECT ${COMMENT} FROM review_comments WHERE agent_id = +? ORDER BY path, line, written_at, id`,
    [agentId],
  );

export const commentById = (reader: Reader, id: string): Promise<ReviewComment | undefined> =>
  reader.get(reviewCommentSchema, `SELECT ${COMMENT} FROM review_comments WHERE id = +?`, [id]);

/** Takes the place of one of the same id. */
export async function putComment(tx: Transaction, comment: ReviewComment): Promise<void> {
  const { id, agentId, path, side, line, headCommit, hunk, excerpt, body, writtenAt } = comment;
  await tx.run(
    `INSERT INTO review_comments (id, agent_id, path, side, line, head_commit, hunk, excerpt, body, written_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER))
     ON CONFLICT (id) DO UPDATE SET path = excluded.path, side = excluded.side, line = excluded.line,
       head_commit = excluded.head_commit, hunk = excluded.hunk, excerpt = excluded.excerpt, body = excluded.body`,
    [id, agentId, path, side, line, headCommit, hunk, excerpt, body, writtenAt],
  );
}

export async function deleteComment(tx: Transaction, id: string): Promise<void> {
  await tx.run("DELETE FROM review_comments WHERE id = ? AND sent_at IS NULL", [id]);
}

export async function resolveComment(tx: Transaction, id: string, at: number | null): Promise<void> {
  await tx.run("UPDATE review_comments SET resolved_at = CAST(? AS INTEGER) WHERE id = ?", [at, id]);
}

/** The agent is told these comments, in this message. */
export async function commentsSent(
  tx: Transaction,
  ids: readonly string[],
  messageId: string,
  at: number,
): Promise<void> {
  for (const id of ids) {
    await tx.run(
      "UPDATE review_comments SET message_id = ?, sent_at = CAST(? AS INTEGER) WHERE id = ? AND sent_at IS NULL",
      [messageId, at, id],
    );
  }
}

const answerSchema = z.object({ id: z.string(), commentId: z.string(), at: z.int(), body: z.string() });
export type ReviewAnswer = z.infer<typeof answerSchema>;

export const answersOf = (reader: Reader, agentId: string): Promise<ReviewAnswer[]> =>
  reader.all(
    answerSchema,
    `SELECT id, comment_id AS commentId, answered_at AS at, body FROM review_answers
     WHERE agent_id = +? ORDER BY answered_at, id`,
    [agentId],
  );

/** Given again under its id it is there once. */
export async function putAnswer(tx: Transaction, agentId: string, answer: ReviewAnswer): Promise<void> {
  await tx.run(
    `INSERT INTO review_answers (id, comment_id, agent_id, body, answered_at) VALUES (?, ?, ?, ?, CAST(? AS INTEGER))
     ON CONFLICT (id) DO NOTHING`,
    [answer.id, answer.commentId, agentId, answer.body, answer.at],
  );
}
