import { ok, type Result, refuse } from "../../base/errors.ts";
import {
  type MessageQueryInput,
  messageQuerySchema,
  parseCommand,
  type SendCommand,
  type SendCommandInput,
  sendCommandSchema,
  type ThreadQueryInput,
  threadQuerySchema,
} from "../../protocol/commands.ts";
import type { AgentRecord, MessageItem, MessagePage, MessageRecord, ThreadPage } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { Lookup } from "./commands.ts";
import { type Letter, sendToAll, sendToOne, whatBecameOf } from "./messaging.ts";
import type { Parts } from "./parts.ts";

/** What the user may ask of messages. A message is named by its id or its number; an unknown one is `not_found`. */
export interface MessageCommands {
  /**
   * Sends a message as the user: to an agent, to all that it hired, or to its whole team. Answers one message for each that
   * gets it. Refuses one that is too long, a recipient whose inbox is full, and, saying what became of it, one that has
   * ended, unless it is to be reopened.
   */
  send(command: SendCommandInput): Promise<Result<readonly MessageRecord[]>>;
  /** In order of sending; of one agent (sent or received), or of all. */
  list(agent?: string): Promise<Result<readonly MessageRecord[]>>;
  find(message: string): Promise<Result<MessageRecord>>;
  /** Threads in which a message fits what is asked for, the one with the newest message first. */
  threads(query?: ThreadQueryInput): Promise<Result<ThreadPage>>;
  /** A stretch of the messages that fit what is asked for, in order of sending. */
  page(query?: MessageQueryInput): Promise<Result<MessagePage>>;
  /** Messages whose last delivery failed, newest first; those for one agent, or all. */
  deadLetters(agent?: string): Promise<Result<readonly MessageItem[]>>;
  /** Sends a dead message again, under its id; refuses one whose recipient has ended. */
  sendAgain(message: string): Promise<Result<MessageRecord>>;
  /** Puts a dead message aside. */
  discard(message: string): Promise<Result<MessageRecord>>;
}

export function createMessageCommands(parts: Parts, lookup: Lookup): MessageCommands {
  const { store, threads, deadLetters } = parts;

  const find = async (reader: Reader, message: string): Promise<Result<MessageRecord>> => {
    const found = await threads.find(reader, message);
    return found === undefined
      ? refuse("not_found", `There is no message "${message}": see banyan messages.`)
      : ok(found);
  };

  /** A query with the agent by its id. */
  const resolved = async <Query extends { readonly agent?: string | undefined }>(
    query: Query,
  ): Promise<Result<Query>> => {
    if (query.agent === undefined) return ok(query);
    const agent = await lookup.find(query.agent);
    return agent.ok ? ok({ ...query, agent: agent.value.id }) : agent;
  };

  return {
    async send(command) {
      const parsed = parseCommand(sendCommandSchema, command);
      if (!parsed.ok) return parsed;
      const { to } = parsed.value;
      const agent = to === undefined ? ok(undefined) : await lookup.find(to);
      if (!agent.ok) return agent;
      return store.attempt((tx) => sendAsUser(parts, tx, parsed.value, agent.value?.id));
    },
    async list(agent) {
      if (agent === undefined) return ok(await store.read((reader) => threads.list(reader)));
      return lookup.with(agent, ({ id }) => store.read((reader) => threads.list(reader, id)));
    },
    find: (message) => store.read((reader) => find(reader, message)),
    async threads(query = {}) {
      const parsed = parseCommand(threadQuerySchema, query);
      const named = parsed.ok ? await resolved(parsed.value) : parsed;
      return named.ok ? ok(await store.read((reader) => threads.threads(reader, named.value))) : named;
    },
    async page(query = {}) {
      const parsed = parseCommand(messageQuerySchema, query);
      const named = parsed.ok ? await resolved(parsed.value) : parsed;
      return named.ok ? ok(await store.read((reader) => threads.page(reader, named.value))) : named;
    },
    async deadLetters(agent) {
      if (agent === undefined) return ok(await store.read((reader) => threads.deadLetters(reader)));
      return lookup.with(agent, ({ id }) => store.read((reader) => threads.deadLetters(reader, id)));
    },
    sendAgain: (message) =>
      store.attempt(async (tx) => {
        const found = await find(tx, message);
        if (!found.ok) return found;
        const recipient = await parts.agents.require(tx, found.value.recipientId);
        if (found.value.status === "dead" && isEnded(recipient.status)) {
          return refuse("illegal_move", `${whatBecameOf(recipient)} Reopen it, then send the message again.`);
        }
        return deadLetters.sendAgain(tx, found.value.id);
      }),
    discard: (message) =>
      store.attempt(async (tx) => {
        const found = await find(tx, message);
        return found.ok ? deadLetters.discard(tx, found.value.id) : found;
      }),
  };

  async function sendAsUser(
    { agents }: Parts,
    tx: Transaction,
    { id, group, body, priority, inReplyTo, threadId, reopen }: SendCommand,
    agentId: string | undefined,
  ): Promise<Result<readonly MessageRecord[]>> {
    const replied = inReplyTo === undefined ? ok(undefined) : await find(tx, inReplyTo);
    if (!replied.ok) return replied;
    const replyTo = replied.value;
    const toId = agentId ?? replyTo?.senderId ?? replyTo?.recipientId;
    if (toId === undefined) return refuse("bad_input", "Say to whom.");
    const recipient = await agents.require(tx, toId);
    const key = id === undefined ? undefined : `user/${id}`;
    const letter: Letter = { sender: null, kind: "note", body, priority, replyTo, threadId, reopen, key };
    if (group === "agent") {
      const sent = await sendToOne(parts, tx, letter, recipient);
      return sent.ok ? ok([sent.value]) : sent;
    }
    return sendToAll(parts, tx, letter, await membersOf(tx, recipient, group));
  }

  function membersOf(reader: Reader, { id, rootId }: AgentRecord, group: "children" | "team"): Promise<AgentRecord[]> {
    return group === "team" ? parts.agents.team(reader, rootId) : parts.agents.children(reader, id);
  }
}
