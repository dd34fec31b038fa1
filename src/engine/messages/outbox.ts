import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import type { MessageRecord } from "../../protocol/records.ts";
import { type MessageKind, type Priority, priorities, type Relation } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { MessageLimits } from "./limits.ts";
import { oneMessage } from "./rows.ts";

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
  /** Id of the message that it replies to. */
  readonly inReplyTo?: string | undefined;
  /** Sending again under the same key sends nothing and answers the first message. */
  readonly deduplicationKey?: string | undefined;
}

/** The sending side of the queue. */
export interface Outbox {
  /** Sends, whatever the limits: for what the engine itself says. A text that is too long is cut, but for a task. */
  send(tx: Transaction, draft: Draft): Promise<MessageRecord>;
  /** Sends what a user or an agent wrote; refuses a text that is too long, and a recipient for whom too many wait. */
  post(tx: Transaction, draft: Draft, recipientName: string): Promise<Result<MessageRecord>>;
  /** Refuses a text that is too long, or none. */
  check(body: string): Result<null>;
  /** What was sent under a key. */
  sentUnder(reader: Reader, deduplicationKey: string): Promise<MessageRecord | undefined>;
}

const seqRow = z.object({ seq: z.int() });

/** SQLite takes it for the end of a text. */
const NUL = "\0";

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/** A text that may be too long for a message, with what was left out said. */
function cut(text: string, maxBytes: number): string {
  if (bytesOf(text) <= maxBytes) return text;
  const kept = Buffer.from(text, "utf8")
    .subarray(0, maxBytes)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
  return `${kept}\n\n… (cut: ${bytesOf(text)} bytes, and a message has at most ${maxBytes})`;
}

export function createOutbox(clock: Clock, ids: Ids, limits: MessageLimits): Outbox {
  const sentUnder = (reader: Reader, key: string) => oneMessage(reader, "WHERE deduplication_key = ?", [key]);

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

  const insert = async (tx: Transaction, draft: Draft): Promise<MessageRecord> => {
    const id = ids.unique();
    const now = clock.now();
    await tx.run(
      `INSERT INTO messages (id, thread_id, in_reply_to, sender_id, recipient_id, relation, kind, priority, body, payload,
         status, due_at, deduplication_key, sent_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
      [
        id,
        await threadOf(tx, draft),
        draft.inReplyTo ?? null,
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
    const record = await oneMessage(tx, "WHERE id = ?", [id]);
    if (record === undefined) throw new Error(`message ${id} is not there after it was sent`);
    return record;
  };

  const sendOnce = async (tx: Transaction, draft: Draft): Promise<MessageRecord> => {
    const { deduplicationKey: key } = draft;
    return (key === undefined ? undefined : await sentUnder(tx, key)) ?? insert(tx, draft);
  };

  const isFull = async (reader: Reader, recipientId: string): Promise<boolean> => {
    const last = await reader.get(
      seqRow,
      "SELECT seq FROM messages WHERE recipient_id = +? AND status = 'pending' ORDER BY priority, seq LIMIT 1 OFFSET +?",
      [recipientId, limits.maxPending - 1],
    );
    return last !== undefined;
  };

  /** Whoever asked takes in nothing else before the first answer is there. */
  const isAwaited = async (reader: Reader, { kind, inReplyTo }: Draft): Promise<boolean> => {
    if (kind !== "answer" || inReplyTo === undefined) return false;
    const first = await reader.get(
      seqRow,
      "SELECT seq FROM messages WHERE in_reply_to = +? AND kind = 'answer' ORDER BY seq LIMIT 1",
      [inReplyTo],
    );
    return first === undefined;
  };

  const check = (body: string): Result<null> => {
    if (body.includes(NUL)) {
      return refuse("bad_input", "The message has a NUL character in it, which no text has: leave it out.");
    }
    const bytes = bytesOf(body);
    if (bytes <= limits.maxBytes) return ok(null);
    return refuse(
      "limit_reached",
      `The message is too long: ${bytes} bytes, and a message has at most ${limits.maxBytes}. Say less, or put it into a file and name that.`,
    );
  };

  return {
    send: (tx, draft) => {
      const body = draft.body.replaceAll(NUL, "\ufffd");
      return sendOnce(tx, { ...draft, body: draft.kind === "task" ? body : cut(body, limits.maxBytes) });
    },

    async post(tx, draft, recipientName) {
      const { deduplicationKey: key } = draft;
      const sent = key === undefined ? undefined : await sentUnder(tx, key);
      if (sent !== undefined) return ok(sent);
      const checked = check(draft.body);
      if (!checked.ok) return checked;
      if (!(await isAwaited(tx, draft)) && (await isFull(tx, draft.recipientId))) {
        return refuse(
          "limit_reached",
          `The inbox of ${recipientName} is full: ${limits.maxPending} messages wait there. Wait until it has read some, and send it then.`,
        );
      }
      return ok(await insert(tx, draft));
    },

    check,
    sentUnder,
  };
}
