import { z } from "zod";
import type { MessageQuery, ThreadQuery } from "../../protocol/commands.ts";
import {
  type MessageItem,
  type MessagePage,
  type MessageRecord,
  type ThreadPage,
  threadRecordSchema,
} from "../../protocol/records.ts";
import { priorities } from "../../protocol/words.ts";
import type { Reader, SqlValue } from "../store/port.ts";
import { allItems, allMessages, oneMessage } from "./rows.ts";

/** What the user sees of messages. */
export interface Threads {
  /** Threads with a message that fits the filter, the one with the newest message first. `agent` is an id. */
  threads(reader: Reader, query: ThreadQuery): Promise<ThreadPage>;
  /** A stretch of the messages that fit, in order of sending. `agent` is an id. */
  page(reader: Reader, query: MessageQuery): Promise<MessagePage>;
  /** In order of sending; what one agent sent or received, or everything. */
  list(reader: Reader, agentId?: string): Promise<MessageRecord[]>;
  /** By id, or by number. */
  find(reader: Reader, message: string): Promise<MessageRecord | undefined>;
  exists(reader: Reader, threadId: string, rootId: string): Promise<boolean>;
  /** Those that were given up and not put aside, newest first; of one recipient, or of all. */
  deadLetters(reader: Reader, recipientId?: string): Promise<MessageItem[]>;
}

/** A condition over columns of `messages`, and its parameters. */
interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** As SQLite's `lower` does it: of other letters than A to Z it knows no small ones. */
const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** However it is written in capitals, as long as all letters beyond A to Z are written alike. */
const containing = (column: string, text: string): Condition =>
  either(
    [...new Set([text, text.toLowerCase(), text.toUpperCase()].map(lowerAscii))].map((written) => ({
      sql: `instr(lower(${column}), ?) > 0`,
      parameters: [written],
    })),
  );

const either = (conditions: readonly Condition[]): Condition => ({
  sql: `(${conditions.map(({ sql }) => sql).join(" OR ")})`,
  parameters: conditions.flatMap(({ parameters }) => parameters),
});

type Filter = Omit<ThreadQuery, "before" | "limit">;

/** `fitsText`: where a text may stand. */
function conditionsOf(
  { agent, priority, status, text }: Filter,
  fitsText = (wanted: string) => containing("body", wanted),
): readonly Condition[] {
  return [
    agent === undefined ? null : { sql: "(recipient_id = +? OR sender_id = +?)", parameters: [agent, agent] },
    priority === undefined ? null : { sql: "priority = +?", parameters: [priorities.indexOf(priority)] },
    status === undefined ? null : { sql: "status = +?", parameters: [status] },
    text === undefined ? null : fitsText(text),
  ].filter((condition) => condition !== null);
}

const joined = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.map(({ sql }) => sql).join(" AND "),
  parameters: conditions.flatMap(({ parameters }) => parameters),
});

const whereOf = (sql: string): string => (sql === "" ? "" : `WHERE ${sql}`);

/** That a message of the thread fits. */
function existing(fits: readonly Condition[]): Condition {
  const { sql, parameters } = joined(fits);
  return { sql: `EXISTS (SELECT 1 FROM messages WHERE thread_id = thread_figures.id AND ${sql})`, parameters };
}

const THREAD_COLUMNS = `id, root_id AS "rootId", team, subject, created_at AS "createdAt", messages, pending, delivered,
  dead, last_seq AS "lastSeq", last_at AS "lastAt", last_sender AS "lastSender", last_text AS "lastText"`;

const idRow = z.object({ id: z.string() });

export function createThreads(): Threads {
  return {
    async threads(reader, { before, limit, ...filter }) {
      const fits = conditionsOf(filter, (text) =>
        either([containing("body", text), containing("thread_figures.subject", text)]),
      );
      const { sql, parameters } = joined([
        ...(fits.length === 0 ? [] : [existing(fits)]),
        ...(before === undefined ? [] : [{ sql: "last_seq < +?", parameters: [before] }]),
      ]);
      const rows = await reader.all(
        threadRecordSchema,
        `SELECT ${THREAD_COLUMNS} FROM thread_figures
         WHERE id IN (SELECT id FROM thread_figures ${whereOf(sql)} ORDER BY last_seq DESC LIMIT +?)
         ORDER BY last_seq DESC`,
        [...parameters, limit + 1],
      );
      return { threads: rows.slice(0, limit), more: rows.length > limit };
    },

    async page(reader, { thread, before, after, limit, ...filter }) {
      const fits = conditionsOf(filter);
      const all = thread === undefined ? fits : [{ sql: "thread_id = +?", parameters: [thread] }, ...fits];
      const side = (more: readonly Condition[], order: "ASC" | "DESC", count: number) => {
        const { sql, parameters } = joined([...all, ...more]);
        return allItems(reader, `${whereOf(sql)} ORDER BY seq ${order} LIMIT +?`, [...parameters, count]);
      };
      const isThere = async (condition: Condition, order: "ASC" | "DESC") =>
        (await side([condition], order, 1)).length > 0;
      if (after !== undefined) {
        const rows = await side([{ sql: "seq > +?", parameters: [after] }], "ASC", limit + 1);
        const earlier = await isThere({ sql: "seq <= +?", parameters: [after] }, "DESC");
        return { messages: rows.slice(0, limit), earlier, later: rows.length > limit };
      }
      const rows = await side(
        before === undefined ? [] : [{ sql: "seq < +?", parameters: [before] }],
        "DESC",
        limit + 1,
      );
      const later = before !== undefined && (await isThere({ sql: "seq >= +?", parameters: [before] }, "ASC"));
      return { messages: rows.slice(0, limit).reverse(), earlier: rows.length > limit, later };
    },

    list: (reader, agentId) =>
      agentId === undefined
        ? allMessages(reader, "ORDER BY seq")
        : allMessages(reader, "WHERE recipient_id = +?1 OR sender_id = +?1 ORDER BY seq", [agentId]),

    find: (reader, message) => {
      const number = /^#?(\d{1,15})$/.exec(message)?.[1];
      return number === undefined
        ? oneMessage(reader, "WHERE id = ?", [message])
        : oneMessage(reader, "WHERE seq = CAST(? AS INTEGER)", [Number(number)]);
    },

    async exists(reader, threadId, rootId) {
      const row = await reader.get(idRow, "SELECT id FROM message_threads WHERE id = ? AND root_id = ?", [
        threadId,
        rootId,
      ]);
      return row !== undefined;
    },

    deadLetters: (reader, recipientId) =>
      recipientId === undefined
        ? allItems(reader, "WHERE status = 'dead' AND status <> 'processed' AND discarded_at IS NULL ORDER BY seq DESC")
        : allItems(reader, "WHERE recipient_id = +? AND status = 'dead' AND discarded_at IS NULL ORDER BY seq DESC", [
            recipientId,
          ]),
  };
}
