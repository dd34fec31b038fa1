import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { Ids } from "../../base/ids.ts";
import { type MessageRecord, messageRecordSchema } from "../../protocol/records.ts";
import type { InboxMessage } from "../../protocol/transcript.ts";
import {
  type MessageKind,
  messageKinds,
  type Priority,
  priorities,
  type Relation,
  relations,
} from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";

export interface Draft {
  /** The sender; null: the user. The engine says who it is, never the sender. */
  readonly senderId: string | null;
  readonly recipientId: string;
  /** What the sender is to the recipient. */
  readonly relation: Relation;
  readonly kind: MessageKind;
  readonly priority: Priority;
  readonly body: string;
  readonly payload?: unknown;
  /** A new thread of the recipient's team with this subject, or one that exists. */
  readonly thread: { readonly rootId: string; readonly subject: string } | { readonly id: string };
  /** Sending again under the same key sends nothing and answers the first message. */
  readonly deduplicationKey?: string | undefined;
}

/** The room that owns `messages` and `message_threads`. */
export interface Inbox {
  send(tx: Transaction, draft: Draft): Promise<MessageRecord>;
  /** What is due for an agent, highest priority first, then first sent first; only what is urgent when asked so. */
  due(reader: Reader, recipientId: string, which: "urgent" | "all"): Promise<InboxMessage[]>;
  /** Leases messages to a turn until it succeeds or fails. */
  deliver(tx: Transaction, recipientId: string, messageIds: readonly string[], turnId: string): Promise<void>;
  /** Marks messages processed, in the transaction that puts them into the recipient's transcript. */
  process(tx: Transaction, recipientId: string, messageIds: readonly string[], turnId: string): Promise<void>;
  /** Gives a turn's leases back. A delivery that failed keeps its error; one that was parked does not count. */
  giveBack(tx: Transaction, turnId: string, error: string | null): Promise<void>;
  /** The thread of the task that an agent was given; undefined where it has none. */
  taskThread(reader: Reader, agentId: string): Promise<string | undefined>;
  /** Whether something was sent under this key. */
  wasSent(reader: Reader, deduplicationKey: string): Promise<boolean>;
  threadExists(reader: Reader, threadId: string, rootId: string): Promise<boolean>;
  /** In order of sending; what one agent sent or received, or everything. */
  list(reader: Reader, agentId?: string): Promise<MessageRecord[]>;
}

/** Milliseconds after which a delivery that nobody settled is taken for lost. */
const LEASE_MS = 15 * 60_000;
/** Messages that one turn takes at the most. */
const BATCH = 50;

const json = z.string().transform((text): unknown => JSON.parse(text));
const priorityName = z.int().transform((index): Priority => priorities[index] ?? "normal");

const messageRow = messageRecordSchema.extend({ priority: priorityName, payload: json.nullable() });

export const messageTables: readonly TeamTable[] = [
  { name: "message_threads", owner: "root_id", key: ["id"] },
  { name: "messages", owner: "recipient_id", key: ["seq"] },
];

const COLUMNS = `seq, id, thread_id AS "threadId", in_reply_to AS "inReplyTo", sender_id AS "senderId",
  recipient_id AS "recipientId", relation, kind, priority, body, payload, status, attempts, sent_at AS "sentAt",
  delivered_at AS "deliveredAt", processed_at AS "processedAt"`;

const inboxRow = z.object({
  id: z.string(),
  threadId: z.string(),
  kind: z.enum(messageKinds),
  senderId: z.string().nullable(),
  senderName: z.string().nullable(),
  relation: z.enum(relations),
  priority: priorityName,
  sentAt: z.int(),
  body: z.string(),
  payload: json.nullable(),
});

const toInboxMessage = (row: z.infer<typeof inboxRow>): InboxMessage => ({
  id: row.id,
  threadId: row.threadId,
  kind: row.kind,
  from: { agentId: row.senderId, name: row.senderName ?? "user", relation: row.relation },
  priority: row.priority,
  sentAt: row.sentAt,
  body: row.body,
  ...(row.payload === null ? {} : { payload: row.payload }),
});

export function createInbox(clock: Clock, ids: Ids): Inbox {
  const findBy = (reader: Reader, column: "id" | "deduplication_key", value: string) =>
    column === "id"
      ? reader.get(messageRow, `SELECT ${COLUMNS} FROM messages WHERE id = ?`, [value])
      : reader.get(messageRow, `SELECT ${COLUMNS} FROM messages WHERE deduplication_key = ?`, [value]);

  const threadOf = async (tx: Transaction, draft: Draft): Promise<string> => {
    if ("id" in draft.thread) return draft.thread.id;
    const id = ids.unique();
    await tx.run("INSERT INTO message_threads (id, root_id, subject, created_at) VALUES (?, ?, ?, ?)", [
      id,
      draft.thread.rootId,
      draft.thread.subject,
      clock.now(),
    ]);
    return id;
  };

  const insert = async (tx: Transaction, draft: Draft): Promise<string> => {
    const id = ids.unique();
    const now = clock.now();
    await tx.run(
      `INSERT INTO messages (id, thread_id, sender_id, recipient_id, relation, kind, priority, body, payload, status,
         due_at, deduplication_key, sent_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
      [
        id,
        await threadOf(tx, draft),
        draft.senderId,
        draft.recipientId,
        draft.relation,
        draft.kind,
        priorities.indexOf(draft.priority),
        draft.body,
        draft.payload === undefined ? null : JSON.stringify(draft.payload),
        now,
        draft.deduplicationKey ?? null,
        now,
      ],
    );
    await tx.emit({
      type: "message.sent",
      agentId: draft.senderId,
      messageId: id,
      recipientId: draft.recipientId,
      kind: draft.kind,
      priority: draft.priority,
    });
    return id;
  };

  return {
    async send(tx, draft) {
      const sent =
        draft.deduplicationKey === undefined
          ? undefined
          : await findBy(tx, "deduplication_key", draft.deduplicationKey);
      if (sent !== undefined) return sent;
      const id = await insert(tx, draft);
      const record = await findBy(tx, "id", id);
      if (record === undefined) throw new Error(`message ${id} is not there after it was sent`);
      return record;
    },

    due: async (reader, recipientId, which) => {
      const rows = await reader.all(
        inboxRow,
        `SELECT id, thread_id AS "threadId", kind, sender_id AS "senderId", sender_name AS "senderName", relation,
           priority, sent_at AS "sentAt", body, payload
         FROM inbox
         WHERE recipient_id = +? AND status = 'pending' AND due_at <= +? AND priority <= +?
         ORDER BY priority, seq LIMIT +?`,
        [recipientId, clock.now(), which === "urgent" ? 0 : priorities.length - 1, BATCH],
      );
      return rows.map(toInboxMessage);
    },

    async deliver(tx, recipientId, messageIds, turnId) {
      for (const id of messageIds) {
        const changed = await tx.run(
          `UPDATE messages SET status = 'delivered', attempts = attempts + 1, turn_id = ?, delivered_at = ?,
             lease_expires_at = ?
           WHERE id = ? AND recipient_id = ? AND status = 'pending'`,
          [turnId, clock.now(), clock.now() + LEASE_MS, id, recipientId],
        );
        if (changed !== 1) throw new Error(`message ${id} was not pending when it was delivered`);
      }
    },

    async process(tx, recipientId, messageIds, turnId) {
      for (const id of messageIds) {
        const now = clock.now();
        const changed = await tx.run(
          `UPDATE messages SET status = 'processed', turn_id = ?, processed_at = ?, lease_expires_at = NULL,
             delivered_at = coalesce(delivered_at, ?), attempts = max(attempts, 1)
           WHERE id = ? AND recipient_id = ? AND status IN ('pending', 'delivered')`,
          [turnId, now, now, id, recipientId],
        );
        if (changed !== 1) throw new Error(`message ${id} was processed already`);
        await tx.emit({ type: "message.processed", agentId: recipientId, messageId: id });
      }
    },

    async giveBack(tx, turnId, error) {
      await tx.run(
        `UPDATE messages SET status = 'pending', lease_expires_at = NULL, turn_id = NULL,
           attempts = attempts - iif(?2 IS NULL, 1, 0),
           errors = iif(?2 IS NULL, errors, json_insert(errors, '$[#]', ?2))
         WHERE turn_id = +?1 AND status = 'delivered'`,
        [turnId, error],
      );
    },

    async taskThread(reader, agentId) {
      const row = await reader.get(
        z.object({ threadId: z.string() }),
        `SELECT thread_id AS "threadId" FROM messages WHERE recipient_id = +? AND kind = 'task' ORDER BY seq LIMIT 1`,
        [agentId],
      );
      return row?.threadId;
    },

    wasSent: async (reader, key) => (await findBy(reader, "deduplication_key", key)) !== undefined,

    async threadExists(reader, threadId, rootId) {
      const row = await reader.get(
        z.object({ id: z.string() }),
        "SELECT id FROM message_threads WHERE id = ? AND root_id = ?",
        [threadId, rootId],
      );
      return row !== undefined;
    },

    list: (reader, agentId) =>
      agentId === undefined
        ? reader.all(messageRow, `SELECT ${COLUMNS} FROM messages ORDER BY seq`)
        : reader.all(
            messageRow,
            `SELECT ${COLUMNS} FROM messages WHERE recipient_id = +?1 OR sender_id = +?1 ORDER BY seq`,
            [agentId],
          ),
  };
}
