import { z } from "zod";
import type { Transaction } from "../store/port.ts";

/** Messages that one transaction forgets at the most. */
const BATCH = 200;

/**
 * Forgets messages that were processed, or put aside, before an instant, and threads that this leaves empty. Tasks stay:
 * the thread of an agent's work begins with one. So do questions of agents that have not ended, which may wait for the
 * answer, and what a reply that is not settled belongs to. Answers how many were forgotten; there may be more when it is `BATCH`.
 */
export async function forgetSettled(tx: Transaction, before: number): Promise<{ forgotten: number; more: boolean }> {
  const old = await tx.all(
    z.object({ id: z.string(), threadId: z.string() }),
    `SELECT id, thread_id AS "threadId" FROM named_messages AS old
     WHERE kind <> 'task' AND (processed_at < CAST(?1 AS INTEGER) OR discarded_at < CAST(?1 AS INTEGER))
       AND NOT (kind = 'question' AND sender_id IS NOT NULL AND sender_ended_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM messages WHERE in_reply_to = old.id AND status <> 'processed')
     ORDER BY seq LIMIT +?2`,
    [before, BATCH],
  );
  for (const { id } of old) {
    await tx.run("UPDATE messages SET in_reply_to = NULL WHERE in_reply_to = ?", [id]);
    await tx.run("DELETE FROM messages WHERE id = ?", [id]);
  }
  for (const threadId of new Set(old.map(({ threadId }) => threadId))) {
    await tx.run(
      "DELETE FROM message_threads WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE thread_id = ?1)",
      [threadId],
    );
  }
  return { forgotten: old.length, more: old.length === BATCH };
}
