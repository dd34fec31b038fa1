import { z } from "zod";
import {
  deliveryErrorSchema,
  type MessageItem,
  type MessageRecord,
  messageItemSchema,
  messageRecordSchema,
} from "../../protocol/records.ts";
import { type Priority, priorities } from "../../protocol/words.ts";
import type { Reader, SqlValue } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";

/** Rows of the tables `messages` and `message_threads` and of their views, as records. */

export const messageTables: readonly TeamTable[] = [
  { name: "message_threads", owner: "root_id", key: ["id"] },
  { name: "messages", owner: "recipient_id", key: ["seq"] },
];

export const json = z.string().transform((text): unknown => JSON.parse(text));
export const priorityName = z.int().transform((index): Priority => priorities[index] ?? "normal");

/** What was kept before the time of an error was is a text alone. */
const errorList = json.pipe(
  z.array(z.union([deliveryErrorSchema, z.string().transform((error) => ({ at: null, error }))])),
);

const messageRow = messageRecordSchema.extend({ priority: priorityName, payload: json.nullable(), errors: errorList });
const itemRow = messageItemSchema.extend({
  priority: priorityName,
  errors: errorList,
  recipientEnded: z.int().transform((value) => value !== 0),
});

const SHARED_COLUMNS = `seq, id, thread_id AS "threadId", in_reply_to AS "inReplyTo", sender_id AS "senderId",
  recipient_id AS "recipientId", relation, kind, priority, status, attempts, due_at AS "dueAt", errors,
  sent_at AS "sentAt", delivered_at AS "deliveredAt", processed_at AS "processedAt", discarded_at AS "discardedAt"`;
const RECORD_COLUMNS = `${SHARED_COLUMNS}, body, payload`;

/** Characters of a message that a list shows; all of it is asked for by its id. */
const SHOWN = 4_000;

const ITEM_COLUMNS = `${SHARED_COLUMNS}, substr(body, 1, ${SHOWN}) AS body, length(body) AS length,
  sender_name AS "senderName", recipient_name AS "recipientName",
  recipient_ended_at IS NOT NULL AS "recipientEnded",
  iif(kind = 'question',
    (SELECT answer.id FROM messages AS answer
      WHERE answer.in_reply_to = named_messages.id AND answer.kind = 'answer' ORDER BY answer.seq LIMIT 1),
    NULL) AS "answeredBy"`;

/** `rest`: what comes behind the name of the table. */
export const allMessages = (reader: Reader, rest: string, parameters: readonly SqlValue[] = []) =>
  reader.all<MessageRecord>(messageRow, `SELECT ${RECORD_COLUMNS} FROM messages ${rest}`, parameters);

export const oneMessage = (reader: Reader, rest: string, parameters: readonly SqlValue[]) =>
  reader.get<MessageRecord>(messageRow, `SELECT ${RECORD_COLUMNS} FROM messages ${rest}`, parameters);

export const allItems = (reader: Reader, rest: string, parameters: readonly SqlValue[] = []) =>
  reader.all<MessageItem>(itemRow, `SELECT ${ITEM_COLUMNS} FROM named_messages ${rest}`, parameters);
