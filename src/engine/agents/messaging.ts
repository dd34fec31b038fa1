import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord, MessageRecord } from "../../protocol/records.ts";
import { isEnded, type Priority, type Relation } from "../../protocol/words.ts";
import type { Draft } from "../messages/outbox.ts";
import type { Transaction } from "../store/port.ts";
import { firstLine } from "./firstLine.ts";
import type { Parts } from "./parts.ts";
import { reopenIn } from "./reopening.ts";

/** What somebody has to say. */
export interface Letter {
  /** Null is the user. */
  readonly sender: AgentRecord | null;
  readonly kind: "note" | "question";
  readonly body: string;
  readonly priority: Priority;
  /** The message that it replies to. */
  readonly replyTo: MessageRecord | undefined;
  /** The thread that it goes on with; a reply stands in that of what it replies to. */
  readonly threadId: string | undefined;
  /** An agent that has ended is opened again for it, where the sender may do that. */
  readonly reopen: boolean;
  /** Names the sending, so that it happens once. */
  readonly key: string | undefined;
}

/** Sends a letter to one agent; one that has ended is told of, or opened again. */
export async function sendToOne(
  parts: Parts,
  tx: Transaction,
  letter: Letter,
  recipient: AgentRecord,
): Promise<Result<MessageRecord>> {
  const sent = letter.key === undefined ? undefined : await parts.inbox.sentUnder(tx, letter.key);
  if (sent !== undefined) return ok(sent);
  if (isEnded(recipient.status)) {
    return letter.reopen ? reopenFor(parts, tx, letter, recipient) : hasEnded(letter, recipient);
  }
  const draft = await draftFor(parts, tx, letter, recipient, letter.key);
  return draft.ok ? parts.inbox.post(tx, draft.value, recipient.name) : draft;
}

/**
 * Sends the same to several agents, in one thread; those that have ended are left out. All of them get it, or none. Sent
 * again under its key, it answers what was sent the first time, whoever has come or gone since.
 */
export async function sendToAll(
  parts: Parts,
  tx: Transaction,
  letter: Letter,
  recipients: readonly AgentRecord[],
): Promise<Result<readonly MessageRecord[]>> {
  const { key } = letter;
  const before = key === undefined ? [] : await sentBefore(parts, tx, key);
  if (before.length > 0) return ok(before);
  const open = recipients.filter(({ status }) => !isEnded(status));
  if (open.length === 0)
    return refuse("not_found", "Nobody is there who could read it: all have ended, or there are none.");
  const sent: MessageRecord[] = [];
  for (const recipient of open) {
    const threadId = letter.threadId ?? sent[0]?.threadId;
    const own = key === undefined ? undefined : groupKey(key, sent.length);
    const draft = await draftFor(parts, tx, { ...letter, threadId }, recipient, own);
    if (!draft.ok) return draft;
    const posted = await parts.inbox.post(tx, draft.value, recipient.name);
    if (!posted.ok) return posted;
    sent.push(posted.value);
  }
  return ok(sent);
}

const groupKey = (key: string, index: number): string => `${key}/${index}`;

async function sentBefore(parts: Parts, tx: Transaction, key: string): Promise<readonly MessageRecord[]> {
  const sent: MessageRecord[] = [];
  for (;;) {
    const message = await parts.inbox.sentUnder(tx, groupKey(key, sent.length));
    if (message === undefined) return sent;
    sent.push(message);
  }
}

async function draftFor(
  parts: Parts,
  tx: Transaction,
  { sender, kind, body, priority, replyTo, threadId }: Letter,
  recipient: AgentRecord,
  deduplicationKey: string | undefined,
): Promise<Result<Draft>> {
  const thread = replyTo?.threadId ?? threadId;
  if (thread !== undefined && !(await parts.threads.exists(tx, thread, recipient.rootId))) {
    return refuse(
      "not_found",
      `There is no thread "${thread}" in the team of ${recipient.name}. Leave threadId out to begin one.`,
    );
  }
  return ok({
    senderId: sender?.id ?? null,
    recipientId: recipient.id,
    relation: relationOf(sender, recipient),
    kind: isAnswer(sender, recipient, replyTo) ? "answer" : kind,
    priority,
    body,
    thread: thread === undefined ? { rootId: recipient.rootId, subject: firstLine(body) } : { id: thread },
    inReplyTo: replyTo?.id,
    deduplicationKey,
  });
}

/** Whoever was asked answers whoever asked, and the user may for anybody. */
function isAnswer(sender: AgentRecord | null, recipient: AgentRecord, replyTo: MessageRecord | undefined): boolean {
  if (replyTo?.kind !== "question" || replyTo.senderId !== recipient.id) return false;
  return sender === null || replyTo.recipientId === sender.id;
}

/** What the sender is to the recipient. */
function relationOf(sender: AgentRecord | null, recipient: AgentRecord): Relation {
  if (sender === null) return "user";
  if (sender.id === recipient.parentId) return "parent";
  return sender.parentId === recipient.id ? "child" : "peer";
}

const mayReopen = (sender: AgentRecord | null, agent: AgentRecord): boolean =>
  sender === null || agent.parentId === sender.id;

/** What became of an agent that reads no more. */
export const whatBecameOf = ({ name, status, reason, result }: AgentRecord): string => {
  const why = reason === null ? "" : ` (${reason})`;
  const summary = result?.summary.trim() ?? "";
  const saysMore = summary !== "" && (reason === null || !summary.includes(reason));
  const said = saysMore ? ` It reported: ${asSentence(firstWords(summary))}` : "";
  return `${name} has ended as ${status}${why} and reads no more messages.${said}`;
};

const asSentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

const FEW = 500;
const firstWords = (text: string): string => (text.length > FEW ? `${text.slice(0, FEW)}…` : text);

const hasEnded = ({ sender, kind }: Letter, recipient: AgentRecord): Result<never> =>
  refuse(kind === "note" && mayReopen(sender, recipient) ? "has_ended" : "illegal_move", whatBecameOf(recipient));

async function reopenFor(
  parts: Parts,
  tx: Transaction,
  { sender, body, key = parts.ids.unique() }: Letter,
  recipient: AgentRecord,
): Promise<Result<MessageRecord>> {
  if (!mayReopen(sender, recipient)) {
    return refuse("illegal_move", `${whatBecameOf(recipient)} Only who hired it can reopen it.`);
  }
  const checked = parts.inbox.check(body);
  if (!checked.ok) return checked;
  const work = { task: body, budget: { usd: null, tokens: null }, senderId: sender?.id ?? null, key };
  const reopened = await reopenIn(parts, tx, recipient.id, work);
  if (!reopened.ok) return reopened;
  const sent = await parts.inbox.sentUnder(tx, key);
  if (sent === undefined) throw new Error(`agent ${recipient.id} was reopened without a message`);
  return ok(sent);
}

/** Answers, for an agent that has ended or can't be reached, the questions that others still wait for. */
export async function answerFor(
  parts: Parts,
  tx: Transaction,
  agent: AgentRecord,
  questions: readonly MessageRecord[],
  body: string,
): Promise<void> {
  for (const question of questions) {
    if (question.senderId === null) continue;
    const asker = await parts.agents.get(tx, question.senderId);
    if (asker === undefined || isEnded(asker.status)) continue;
    await parts.inbox.send(tx, {
      senderId: agent.id,
      recipientId: asker.id,
      relation: relationOf(agent, asker),
      kind: "answer",
      priority: question.priority,
      body,
      thread: { id: question.threadId },
      inReplyTo: question.id,
      deduplicationKey: `answer/${question.id}`,
    });
  }
}

/**
 * Tells who wrote to an agent that it ended before it read that, once each. Its parent has its report, and who asked has
 * an answer.
 */
export async function tellOfUnread(parts: Parts, tx: Transaction, agent: AgentRecord): Promise<void> {
  const told = new Set([agent.parentId]);
  for (const { senderId, id, threadId } of await parts.inbox.unread(tx, agent.id)) {
    if (senderId === null || told.has(senderId)) continue;
    told.add(senderId);
    const sender = await parts.agents.get(tx, senderId);
    if (sender === undefined || isEnded(sender.status)) continue;
    await parts.inbox.send(tx, {
      senderId: agent.id,
      recipientId: sender.id,
      relation: relationOf(agent, sender),
      kind: "note",
      priority: "low",
      body: `${whatBecameOf(agent)} It did not read what you wrote to it last.`,
      thread: { id: threadId },
      inReplyTo: id,
    });
  }
}

/** Tells who asked something that it never arrived. */
export async function tellOfDead(parts: Parts, tx: Transaction, died: readonly MessageRecord[]): Promise<void> {
  for (const message of died.filter(({ kind }) => kind === "question")) {
    const recipient = await parts.agents.require(tx, message.recipientId);
    const body = `The question could not be delivered to ${recipient.name}, however often it was tried.`;
    await answerFor(parts, tx, recipient, [message], body);
  }
}
