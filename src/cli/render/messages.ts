import type { AgentRecord, MessageItem, MessageRecord, ThreadRecord } from "../../protocol/records.ts";
import { isEnded, type Relation } from "../../protocol/words.ts";
import { type Fact, fact, factLines } from "./facts.ts";
import { emptyLine, folded, indent, type Line, line, type Span, span, truncateLine, widthOfLine } from "./line.ts";
import { elastic, left, pliable, right, spare, table } from "./table.ts";
import { firstLine, formatInstant, plural, truncate } from "./text.ts";

/** An agent's name by its id; the user has none. */
export type NameOf = (agentId: string | null) => string;

export const USER = "you";

/** Names of the agents in `rows`; an unknown one is shown by its id. */
export function namesOf(rows: readonly Pick<AgentRecord, "id" | "name">[]): NameOf {
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return (agentId) => (agentId === null ? USER : (names.get(agentId) ?? agentId));
}

export interface MessageLook {
  readonly timeZone?: string;
  /** Columns of the terminal. */
  readonly width?: number;
}

const BODY_WIDTH = 72;
const INDENT = 2;

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

/** Messages as a table with their times and states. */
export function messageTable(messages: readonly MessageItem[], { timeZone, width }: MessageLook = {}): Line[] {
  const rows = messages.map((message) => [
    line(String(message.seq), "dim"),
    line(formatInstant(message.sentAt, timeZone), "dim"),
    line(senderOf(message)),
    line(message.recipientName),
    [kindOf(message)],
    line(message.priority, message.priority === "normal" ? "dim" : "yellow"),
    [stateOf(message)],
    line(truncate(firstLine(message.body), BODY_WIDTH)),
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

/** Messages to be read: a heading and the body each, an empty line between. */
export const messagePages = (messages: readonly MessageItem[], look: MessageLook = {}): Line[] =>
  messages.flatMap((message, index) => [
    ...(index === 0 ? [] : [emptyLine]),
    ...headingOf(message, look),
    ...indent(folded(message.body, widthIn(look) - INDENT)),
  ]);

const widthIn = ({ width = Number.POSITIVE_INFINITY }: MessageLook): number => width;

/** In one line, or in two where that is too wide. */
function headingOf(message: MessageItem, look: MessageLook): Line[] {
  const width = widthIn(look);
  const who = [...routeOf(message), span("  "), kindOf(message)];
  const sent = formatInstant(message.sentAt, look.timeZone);
  const what = [span(`#${message.seq}, ${message.priority}, `, "dim"), stateOf(message), span(`, ${sent}`, "dim")];
  const whole = [...who, span("  "), ...what];
  const block = widthOfLine(whole) <= width ? [whole] : [who, ...indent([what])];
  return block.map((each) => truncateLine(each, width));
}

const routeOf = (message: MessageItem): Line => [
  span(senderOf(message), "bold"),
  span(" → ", "dim"),
  span(message.recipientName, "bold"),
];

const senderOf = ({ senderId, senderName }: MessageItem): string =>
  senderId === null ? USER : (senderName ?? senderId);

const kindTones = { task: "cyan", note: null, question: "yellow", answer: "blue", report: "green" } as const;

const kindOf = (message: Pick<MessageRecord, "kind">): Span => span(message.kind, kindTones[message.kind]);

/** A dead message that was put aside is told as that, and a pending one that nobody reads any more as unread. */
function stateOf({ status, discardedAt, recipientEnded }: MessageItem): Span {
  if (status === "pending" && recipientEnded) return span("unread", "dim");
  if (status !== "dead") return span(status, status === "processed" ? null : "cyan");
  return discardedAt === null ? span("dead", "red") : span("discarded", "dim");
}

/** Another message that one belongs to. */
export interface Related {
  readonly seq: number;
  readonly from: string;
}

/** All that there is to tell of one message. */
export interface MessagePageOf {
  /** With the whole body. */
  readonly message: MessageItem;
  readonly replyTo: Related | null;
  readonly answer: Related | null;
}

/** A page on one message: who, what became of it, every error, and the whole text. */
export function messageLines({ message, replyTo, answer }: MessagePageOf, look: MessageLook = {}): Line[] {
  const width = widthIn(look);
  const at = (ms: number | null): Span => span(ms === null ? "" : formatInstant(ms, look.timeZone));
  const facts: Fact[] = [
    fact("From", span(senderOf(message)), span(relationOf(message), "dim")),
    fact("To", span(message.recipientName)),
    fact("Kind", kindOf(message)),
    fact("Priority", span(message.priority)),
    fact("State", stateOf(message), ...duenessOf(message, look.timeZone)),
    fact("Attempts", span(message.attempts === 0 ? "" : String(message.attempts))),
    { title: "Errors", value: errorLines(message, width - INDENT - TITLE_WIDTH, look.timeZone) },
    fact("Sent", at(message.sentAt)),
    fact("Delivered", at(message.deliveredAt)),
    fact("Processed", at(message.processedAt)),
    fact("Discarded", at(message.discardedAt)),
    fact("Reply to", span(relatedText(replyTo))),
    fact("Answered", span(relatedText(answer))),
    fact("Thread", span(message.threadId)),
    fact("Id", span(message.id)),
  ];
  const heading = [span(`#${message.seq}`, "bold"), span("  "), ...routeOf(message)];
  const block = [heading, emptyLine, ...indent(factLines(facts)), emptyLine, ...folded(message.body.trimEnd(), width)];
  return block.map((each) => truncateLine(each, width));
}

/** Columns of the facts' titles and what is beside them. */
const TITLE_WIDTH = 12;

const relationTexts: Readonly<Record<Relation, (recipient: string) => string>> = {
  user: () => "",
  parent: (recipient) => `  which hired ${recipient}`,
  child: (recipient) => `  hired by ${recipient}`,
  peer: () => "  of the same team",
};

const relationOf = ({ relation, recipientName }: MessageItem): string => relationTexts[relation](recipientName);

const relatedText = (related: Related | null): string =>
  related === null ? "" : `#${related.seq} from ${related.from}`;

/** When a message is tried again that could not be delivered. */
function duenessOf(message: MessageItem, timeZone: string | undefined): Line {
  const { status, attempts, dueAt, recipientName, recipientEnded } = message;
  if (status !== "pending") return [];
  if (recipientEnded) return [span(`  ${recipientName} has ended`, "dim")];
  return attempts > 0 ? [span(`  next try at ${formatInstant(dueAt, timeZone)}`, "dim")] : [];
}

const errorLines = ({ errors }: MessageItem, width: number, timeZone: string | undefined): Line[] =>
  errors.flatMap(({ at, error }) => folded(`${at === null ? "" : `${formatInstant(at, timeZone)}  `}${error}`, width));

/** Messages that were given up, one line each, with what stood in their way last. */
export function deadLetterTable(messages: readonly MessageItem[], { timeZone, width }: MessageLook = {}): Line[] {
  const rows = messages.map((message) => [
    line(String(message.seq), "dim"),
    line(formatInstant(message.sentAt, timeZone), "dim"),
    line(senderOf(message)),
    line(message.recipientName),
    [kindOf(message)],
    line(String(message.attempts)),
    line(truncate(firstLine(message.errors.at(-1)?.error ?? ""), BODY_WIDTH), "red"),
    line(truncate(firstLine(message.body), BODY_WIDTH)),
  ]);
  return table(
    [
      right("#"),
      spare(4, left("SENT")),
      pliable(12, left("FROM")),
      pliable(12, left("TO")),
      spare(3, left("KIND")),
      spare(1, right("ATTEMPTS")),
      elastic(20, left("LAST ERROR")),
      spare(2, elastic(16, left("MESSAGE"))),
    ],
    rows,
    width,
  );
}

/** What some threads have and others not is shown where there is any. */
const openCounts = [
  { title: "PENDING", of: ({ pending }: ThreadRecord) => pending, tone: "cyan" },
  { title: "DEAD", of: ({ dead }: ThreadRecord) => dead, tone: "red" },
] as const;

/** One line for each thread. The number is its last message's: it names the thread in a command. */
export function threadTable(threads: readonly ThreadRecord[], { timeZone, width }: MessageLook = {}): Line[] {
  const counts = openCounts.filter(({ of }) => threads.some((thread) => of(thread) > 0));
  const rows = threads.map((thread) => [
    line(String(thread.lastSeq), "dim"),
    line(formatInstant(thread.lastAt, timeZone), "dim"),
    line(thread.team),
    line(String(thread.messages)),
    ...counts.map(({ of, tone }) => line(String(of(thread)), of(thread) === 0 ? "dim" : tone)),
    line(truncate(firstLine(thread.subject), BODY_WIDTH)),
    line(truncate(`${thread.lastSender ?? USER}: ${firstLine(thread.lastText)}`, BODY_WIDTH), "dim"),
    line(thread.id, "dim"),
  ]);
  return table(
    [
      right("#"),
      spare(3, left("LAST AT")),
      spare(1, pliable(12, left("TEAM"))),
      right("MESSAGES"),
      ...counts.map(({ title }) => right(title)),
      elastic(16, left("SUBJECT")),
      spare(2, elastic(24, left("LAST MESSAGE"))),
      spare(4, left("ID")),
    ],
    rows,
    width,
  );
}

/** What waits in an agent's inbox, which nobody reads once it has ended, and what was given up; empty where there is nothing. */
export function inboxSpans({ status }: Pick<AgentRecord, "status">, pending: number, dead: number): Span[] {
  const waits = isEnded(status)
    ? span(`${plural(pending, "message")} unread`, "dim")
    : span(`${plural(pending, "message")} pending`, "cyan");
  return [...(pending === 0 ? [] : [waits]), ...(dead === 0 ? [] : [span(`${plural(dead, "message")} dead`, "red")])];
}
