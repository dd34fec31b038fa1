import { ok, type Result, refuse } from "../base/errors.ts";
import type { Backend } from "../engine/remote/backend.ts";
import type { MessageQueryInput, ThreadQueryInput } from "../protocol/commands.ts";
import type { MessageItem, MessageRecord, ThreadRecord } from "../protocol/records.ts";
import type { MessagePageOf, Related } from "./render/messages.ts";
import { quoted } from "./render/text.ts";

/** The newest of something, in order, and whether there are older ones. */
export interface Newest<T> {
  readonly list: readonly T[];
  readonly more: boolean;
}

/** What the engine answers at a time. */
const PAGE = 500;

type MessageFilter = Pick<MessageQueryInput, "agent" | "thread" | "priority" | "status" | "text">;
type ThreadFilter = Omit<MessageFilter, "thread">;

/** The newest messages that fit, at most so many, in order of sending. Of a long one only the beginning is there. */
export async function newestMessages(
  { messages }: Pick<Backend, "messages">,
  filter: MessageFilter,
  most: number,
): Promise<Result<Newest<MessageItem>>> {
  let list: readonly MessageItem[] = [];
  let more = true;
  while (more && list.length < most) {
    const limit = Math.min(PAGE, most - list.length);
    const page = await messages.page({ ...filter, before: list[0]?.seq, limit });
    if (!page.ok) return page;
    list = [...page.value.messages, ...list];
    more = page.value.earlier;
  }
  return ok({ list, more });
}

/** The threads that fit, at most so many; the one with the newest message last. */
export async function newestThreads(
  { messages }: Pick<Backend, "messages">,
  filter: ThreadFilter,
  most: number,
): Promise<Result<Newest<ThreadRecord>>> {
  let list: readonly ThreadRecord[] = [];
  let more = true;
  while (more && list.length < most) {
    const query: ThreadQueryInput = { ...filter, before: list[0]?.lastSeq, limit: Math.min(PAGE, most - list.length) };
    const page = await messages.threads(query);
    if (!page.ok) return page;
    list = [...page.value.threads.toReversed(), ...list];
    more = page.value.more;
  }
  return ok({ list, more });
}

/** The id of a thread that was named by it, or by the number of a message that stands in it. */
export async function findThread({ messages }: Pick<Backend, "messages">, word: string): Promise<Result<string>> {
  const isNumber = /^#?[1-9]\d*$/.test(word);
  const none = `There is no thread ${quoted(word)}: name one by the number of a message in it, as banyan messages --threads shows it.`;
  if (isNumber) {
    const message = await messages.find(word);
    if (message.ok) return ok(message.value.threadId);
    return message.refusal.code === "not_found" ? refuse("not_found", none) : message;
  }
  const page = await messages.page({ thread: word, limit: 1 });
  if (!page.ok) return page;
  return page.value.messages.length > 0 ? ok(word) : refuse("not_found", none);
}

/** The same with its whole text. */
export async function wholeOf(
  { messages }: Pick<Backend, "messages">,
  item: MessageItem,
): Promise<Result<MessageItem>> {
  if ([...item.body].length >= item.length) return ok(item);
  const whole = await messages.find(item.id);
  return whole.ok ? ok({ ...item, body: whole.value.body }) : whole;
}

/** As `wholeOf`, of several. */
export async function wholeOfAll(
  engine: Pick<Backend, "messages">,
  items: readonly MessageItem[],
): Promise<Result<readonly MessageItem[]>> {
  const all: MessageItem[] = [];
  for (const item of items) {
    const whole = await wholeOf(engine, item);
    if (!whole.ok) return whole;
    all.push(whole.value);
  }
  return ok(all);
}

/** One message by its id or number, with all that belongs to it. */
export async function readMessage(
  engine: Pick<Backend, "messages">,
  word: string,
): Promise<Result<{ readonly record: MessageRecord; readonly page: MessagePageOf }>> {
  const found = await engine.messages.find(word);
  if (!found.ok) return found;
  const record = found.value;
  const item = await itemAt(engine, record.seq);
  if (!item.ok) return item;
  const message = { ...item.value, body: record.body };
  const replyTo = await relatedTo(engine, record.inReplyTo);
  const answer = await relatedTo(engine, message.answeredBy);
  return ok({ record, page: { message, replyTo, answer } });
}

async function itemAt({ messages }: Pick<Backend, "messages">, seq: number): Promise<Result<MessageItem>> {
  const page = await messages.page({ after: seq - 1, limit: 1 });
  if (!page.ok) return page;
  const [item] = page.value.messages;
  return item?.seq === seq ? ok(item) : refuse("not_found", `Message #${seq} is not there any more.`);
}

/** A message that another one belongs to; null where it is not there any more. */
async function relatedTo(engine: Pick<Backend, "messages">, id: string | null): Promise<Related | null> {
  const found = id === null ? undefined : await engine.messages.find(id);
  const item = found?.ok ? await itemAt(engine, found.value.seq) : undefined;
  if (!item?.ok) return null;
  const { seq, senderId, senderName } = item.value;
  return { seq, from: senderId === null ? "you" : (senderName ?? senderId) };
}
