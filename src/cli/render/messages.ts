import type { AgentRecord, MessageRecord } from "../../protocol/records.ts";
import { indent, type Line, line, lines, span } from "./line.ts";
import { elastic, left, pliable, right, spare, table } from "./table.ts";
import { firstLine, formatInstant, truncate } from "./text.ts";

/** An agent's name by its id; the user has none. */
export type NameOf = (agentId: string | null) => string;

/** Names of the agents in `rows`; an unknown one is shown by its id. */
export function namesOf(rows: readonly Pick<AgentRecord, "id" | "name">[]): NameOf {
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return (agentId) => (agentId === null ? "you" : (names.get(agentId) ?? agentId));
}

/** One line for each message: from → to, kind, first line; the body's cut to `width` columns. */
export function messageRows(messages: readonly MessageRecord[], nameOf: NameOf, width: number): Line[] {
  const rows = messages.map((message) => [
    line(nameOf(message.senderId)),
    line("→", "dim"),
    line(nameOf(message.recipientId)),
    [kindOf(message)],
    line(truncate(firstLine(message.body), width)),
  ]);
  return table([left(""), left(""), left(""), left(""), left("")], rows);
}

export interface MessageLook {
  readonly timeZone?: string;
  /** Columns of the terminal. */
  readonly width?: number;
}

/** All messages of a repository as a table with their times and states. */
export function messageTable(
  messages: readonly MessageRecord[],
  nameOf: NameOf,
  { timeZone, width }: MessageLook = {},
): Line[] {
  const rows = messages.map((message) => [
    line(String(message.seq), "dim"),
    line(formatInstant(message.sentAt, timeZone), "dim"),
    line(nameOf(message.senderId)),
    line(nameOf(message.recipientId)),
    [kindOf(message)],
    line(message.priority, message.priority === "normal" ? "dim" : "yellow"),
    line(message.status, message.status === "dead" ? "red" : null),
    line(truncate(firstLine(message.body), 72)),
  ]);
  return table(
    [
      right("#"),
      spare(4, left("SENT")),
      pliable(12, left("FROM")),
      pliable(12, left("TO")),
      spare(1, left("KIND")),
      spare(3, left("PRIORITY")),
      spare(2, left("STATUS")),
      elastic(20, left("MESSAGE")),
    ],
    rows,
    width,
  );
}

/** Messages to be read: a heading and the whole body each, an empty line between. */
export const messagePages = (messages: readonly MessageRecord[], nameOf: NameOf, timeZone?: string): Line[] =>
  messages.flatMap((message, index) => [
    ...(index === 0 ? [] : [[]]),
    [
      span(nameOf(message.senderId), "bold"),
      span(" → ", "dim"),
      span(nameOf(message.recipientId), "bold"),
      span("  "),
      kindOf(message),
      span(
        `  #${message.seq}, ${message.priority}, ${message.status}, ${formatInstant(message.sentAt, timeZone)}`,
        "dim",
      ),
    ],
    ...indent(lines(message.body)),
  ]);

const kindTones = { task: "cyan", note: null, question: "yellow", answer: "blue", report: "green" } as const;

const kindOf = (message: MessageRecord) => span(message.kind, kindTones[message.kind]);
