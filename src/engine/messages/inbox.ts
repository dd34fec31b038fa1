import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { Ids } from "../../base/ids.ts";
import type { MessageRecord } from "../../protocol/records.ts";
import type { InboxMessage } from "../../protocol/transcript.ts";
import { messageKinds, priorities, relations } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import { backoffMs } from "./backoff.ts";
import type { MessageLimits } from "./limits.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { allMessages, json, oneMessage, priorityName } from "./rows.ts";

/** Which messages are looked for: what interrupts, that and questions, since whoever asked waits, or everything. */
export type Which = "urgent" | "pressing" | "all";

/** The queue: sending, and taking what was sent. */
export interface Inbox extends Outbox {
  /**
   * What an agent is to take now: highest priority first, then first sent first. What failed before comes alone, so that
   * it spoils nothing else.
   */
  due(reader: Reader, recipientId: string, which: Which): Promise<InboxMessage[]>;
  /** When the next message is due that is to be delivered again; null where there is none. */
  nextDueAt(reader: Reader, recipientId: string): Promise<number | null>;
  /** Leases messages to a turn until it succeeds or fails. */
  deliver(tx: Transaction, recipientId: string, messageIds: readonly string[], turnId: string): Promise<void>;
  /**
   * Marks messages processed, in the transaction that puts them into the recipient's transcript. Throws on one that is
   * not leased to the turn.
   */
  process(tx: Transaction, recipientId: string, messageIds: readonly string[], turnId: string): Promise<void>;
  /**
   * Gives a turn's leases back. With an error the delivery failed: the next is due later, and after the last the message is
   * dead. Without one nothing was tried. Answers what died.
   */
  giveBack(tx: Transaction, turnId: string, error: string | null): Promise<readonly MessageRecord[]>;
  /**
   * Gives back what was delivered and settled by nobody in the time of a lease, but not what turns have that are still
   * alive. Answers what died.
   */
  reclaim(tx: Transaction, aliveTurnIds: readonly string[]): Promise<readonly MessageRecord[]>;
  /** The answer to a question, once there is one. */
  answerTo(reader: Reader, questionId: string): Promise<MessageRecord | undefined>;
  /** Questions to an agent that it has not answered and that others wait for, in order of sending. */
  unanswered(reader: Reader, recipientId: string): Promise<MessageRecord[]>;
  /** Notes and answers to an agent that it has not taken, in order of sending. */
  unread(reader: Reader, recipientId: string): Promise<MessageRecord[]>;
  /** The thread of the task that an agent was given; undefined where it has none. */
  taskThread(reader: Reader, agentId: string): Promise<string | undefined>;
  /** The newest task of an agent, where that could not be delivered. */
  deadTask(reader: Reader, agentId: string): Promise<MessageRecord | undefined>;
  /** Messages that are to be delivered again, and when. */
  returned(reader: Reader): Promise<readonly { readonly recipientId: string; readonly dueAt: number }[]>;
}

/** Messages that one turn takes at the most, and characters that they may have together; the first is taken anyhow. */
const BATCH = 50;
const BATCH_CHARACTERS = 200_000;

const inboxRow = z.object({
  id: z.string(),
  threadId: z.string(),
  inReplyTo: z.string().nullable(),
  kind: z.enum(messageKinds),
  senderId: z.string().nullable(),
  senderName: z.string().nullable(),
  relation: z.enum(relations),
  priority: priorityName,
  sentAt: z.int(),
  body: z.string(),
  payload: json.nullable(),
  /** Whether a delivery failed before. */
  failed: z.int().transform((value) => value !== 0),
});
type InboxRow = z.infer<typeof inboxRow>;

// Made once: a schema costs more than the statement that it reads.
const nextDueRow = z.object({ dueAt: z.int().nullable() });
const threadRow = z.object({ threadId: z.string() });
const returnedRow = z.object({ recipientId: z.string(), dueAt: z.int() });

const toInboxMessage = (row: InboxRow): InboxMessage => ({
  id: row.id,
  threadId: row.threadId,
  ...(row.inReplyTo === null ? {} : { inReplyTo: row.inReplyTo }),
  kind: row.kind,
  from: { agentId: row.senderId, name: row.senderName ?? "user", relation: row.relation },
  priority: row.priority,
  sentAt: row.sentAt,
  body: row.body,
  ...(row.payload === null ? {} : { payload: row.payload }),
});

const DUE_COLUMNS = `id, thread_id AS "threadId", in_reply_to AS "inReplyTo", kind, sender_id AS "senderId",
  sender_name AS "senderName", relation, priority, sent_at AS "sentAt", body, payload, errors <> '[]' AS failed`;

/** The part of what is due that one turn takes. */
function batchOf(rows: readonly InboxRow[]): readonly InboxRow[] {
  const [first, ...others] = rows;
  if (first === undefined || first.failed) return first === undefined ? [] : [first];
  let characters = first.body.length;
  const fresh = others.filter(({ failed }) => !failed);
  const end = fresh.findIndex(({ body }) => {
    characters += body.length;
    return characters > BATCH_CHARACTERS;
  });
  return [first, ...(end === -1 ? fresh : fresh.slice(0, end))];
}

export function createInbox(clock: Clock, ids: Ids, limits: MessageLimits): Inbox {
  const returnUntried = async (tx: Transaction, { id, recipientId, dueAt }: MessageRecord): Promise<void> => {
    await tx.run(
      `UPDATE messages SET status = 'pending', lease_expires_at = NULL, turn_id = NULL, attempts = attempts - 1
       WHERE id = ?`,
      [id],
    );
    await tx.emit({ type: "message.returned", agentId: recipientId, messageId: id, error: null, dueAt });
  };

  /** A delivery failed. Answers whether it was the last. */
  const returnFailed = async (tx: Transaction, message: MessageRecord, error: string): Promise<boolean> => {
    const { id, recipientId, senderId, attempts } = message;
    const now = clock.now();
    const isLast = attempts >= limits.maxAttempts;
    const dueAt = isLast ? message.dueAt : now + backoffMs(id, attempts, limits);
    await tx.run(
      `UPDATE messages SET status = ?, due_at = ?, lease_expires_at = NULL, turn_id = NULL,
         errors = json_insert(errors, '$[#]', json(?))
       WHERE id = ?`,
      [isLast ? "dead" : "pending", dueAt, JSON.stringify({ at: now, error }), id],
    );
    await tx.emit(
      isLast
        ? { type: "message.dead", agentId: recipientId, messageId: id, senderId, error }
        : { type: "message.returned", agentId: recipientId, messageId: id, error, dueAt },
    );
    return isLast;
  };

  const failAll = async (tx: Transaction, messages: readonly MessageRecord[], error: string) => {
    const died: MessageRecord[] = [];
    for (const message of messages) if (await returnFailed(tx, message, error)) died.push(message);
    return died;
  };

  return {
    ...createOutbox(clock, ids, limits),

    async due(reader, recipientId, which) {
      const highest = which === "all" ? priorities.length - 1 : 0;
      const rows = await reader.all(
        inboxRow,
        `SELECT ${DUE_COLUMNS} FROM named_messages
         WHERE recipient_id = +? AND status = 'pending' AND (attempts = 0 OR due_at <= +?) AND priority <= +?
         ORDER BY priority, seq LIMIT +?`,
        [recipientId, clock.now(), highest, BATCH],
      );
      if (which !== "pressing" || rows.length > 0) return batchOf(rows).map(toInboxMessage);
      const asked = await reader.all(
        inboxRow,
        `SELECT ${DUE_COLUMNS} FROM named_messages
         WHERE recipient_id = +? AND kind = 'question' AND status = 'pending' AND (attempts = 0 OR due_at <= +?)
         ORDER BY priority, seq LIMIT +?`,
        [recipientId, clock.now(), BATCH],
      );
      return batchOf(asked).map(toInboxMessage);
    },

    async nextDueAt(reader, recipientId) {
      const row = await reader.get(
        nextDueRow,
        `SELECT min(due_at) AS "dueAt" FROM messages WHERE recipient_id = +? AND status = 'pending'`,
        [recipientId],
      );
      return row?.dueAt ?? null;
    },

    async deliver(tx, recipientId, messageIds, turnId) {
      if (messageIds.length === 0) return;
      const now = clock.now();
      for (const id of messageIds) {
        const changed = await tx.run(
          `UPDATE messages SET status = 'delivered', attempts = attempts + 1, turn_id = ?, delivered_at = ?,
             lease_expires_at = ?
           WHERE id = ? AND recipient_id = ? AND status = 'pending'`,
          [turnId, now, now + limits.leaseMs, id, recipientId],
        );
        if (changed !== 1) throw new Error(`message ${id} was not pending when it was delivered`);
      }
      await tx.emit({ type: "message.delivered", agentId: recipientId, messageIds: [...messageIds] });
    },

    async process(tx, recipientId, messageIds, turnId) {
      for (const id of messageIds) {
        const now = clock.now();
        const changed = await tx.run(
          `UPDATE messages SET status = 'processed', processed_at = ?, lease_expires_at = NULL
           WHERE id = ? AND recipient_id = ? AND status = 'delivered' AND turn_id = ?`,
          [now, id, recipientId, turnId],
        );
        if (changed !== 1) throw new Error(`message ${id} is not leased to turn ${turnId}, or was processed already`);
        await tx.emit({ type: "message.processed", agentId: recipientId, messageId: id });
      }
    },

    async giveBack(tx, turnId, error) {
      const leased = await allMessages(tx, "WHERE turn_id = +? AND status = 'delivered' ORDER BY seq", [turnId]);
      if (error !== null) return failAll(tx, leased, error);
      for (const message of leased) await returnUntried(tx, message);
      return [];
    },

    async reclaim(tx, aliveTurnIds) {
      const lost = await allMessages(
        tx,
        `WHERE status = 'delivered' AND status <> 'processed' AND lease_expires_at <= CAST(? AS INTEGER)
           AND turn_id NOT IN (SELECT value FROM json_each(?)) ORDER BY seq`,
        [clock.now(), JSON.stringify(aliveTurnIds)],
      );
      return failAll(tx, lost, "nobody settled the delivery in the time of its lease");
    },

    answerTo: (reader, questionId) =>
      oneMessage(reader, "WHERE in_reply_to = +? AND kind = 'answer' ORDER BY seq LIMIT 1", [questionId]),

    unanswered: (reader, recipientId) =>
      allMessages(
        reader,
        `WHERE recipient_id = +? AND kind = 'question'
           AND NOT EXISTS (
             SELECT 1 FROM messages AS answer WHERE answer.in_reply_to = messages.id AND answer.kind = 'answer'
           )
         ORDER BY seq`,
        [recipientId],
      ),

    unread: (reader, recipientId) =>
      allMessages(
        reader,
        "WHERE recipient_id = +? AND status = 'pending' AND kind IN ('note', 'answer') ORDER BY seq",
        [recipientId],
      ),

    async taskThread(reader, agentId) {
      const row = await reader.get(
        threadRow,
        `SELECT thread_id AS "threadId" FROM messages WHERE recipient_id = +? AND kind = 'task' ORDER BY seq LIMIT 1`,
        [agentId],
      );
      return row?.threadId;
    },

    async deadTask(reader, agentId) {
      const newest = await oneMessage(reader, "WHERE recipient_id = +? AND kind = 'task' ORDER BY seq DESC LIMIT 1", [
        agentId,
      ]);
      return newest?.status === "dead" && newest.discardedAt === null ? newest : undefined;
    },

    returned: (reader) =>
      reader.all(
        returnedRow,
        `SELECT recipient_id AS "recipientId", due_at AS "dueAt" FROM messages
         WHERE status = 'pending' AND status <> 'processed' AND due_at > CAST(? AS INTEGER) ORDER BY seq`,
        [clock.now()],
      ),
  };
}
