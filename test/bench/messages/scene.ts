import { systemClock } from "../../../src/base/clock.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { createAgentTable } from "../../../src/engine/agents/agents.ts";
import { createInbox } from "../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import type { Draft } from "../../../src/engine/messages/outbox.ts";
import type { Store, Transaction } from "../../../src/engine/store/port.ts";
import type { MessageRecord } from "../../../src/protocol/records.ts";

export type Writable = Pick<Store, "transaction" | "close">;

/** What agents tell each other: a paragraph. */
const BODY = "The parser reads every line of a file and says which of them it could not make sense of. ".repeat(5);

type Sent = Pick<MessageRecord, "id" | "threadId">;

/** The queue over a store of either kind, and a lead with children, each in a turn of its own. */
export interface Scene {
  readonly store: Writable;
  /** Ids of the children. */
  readonly children: readonly string[];
  /** As the engine does it: whatever the limits. */
  send(tx: Transaction, childId: string, threadId?: string): Promise<Sent>;
  /** As an agent does it: the limits are asked, and the sending has a key. `threadId`: a new thread where it is absent. */
  post(tx: Transaction, childId: string, threadId?: string): Promise<Sent>;
  /** Takes what is due into the child's turn, as the turn loop does it. Answers the messages' ids. */
  claim(tx: Transaction, childId: string): Promise<readonly string[]>;
  deliver(tx: Transaction, childId: string, messageIds: readonly string[]): Promise<void>;
  process(tx: Transaction, childId: string, messageIds: readonly string[]): Promise<void>;
}

const LEAD = "lead";
const turnOf = (agentId: string): string => `turn-of-${agentId}`;

/** As an agent is hired that has all tools and nothing special to be told. */
const plain = { role: "coder", task: "t", model: "offline/survey", tools: null, mode: "auto", brief: null } as const;

const draftFor = (childId: string, threadId: string | undefined): Draft => ({
  senderId: LEAD,
  recipientId: childId,
  relation: "parent",
  kind: "note",
  priority: "normal",
  body: BODY,
  thread: threadId === undefined ? { rootId: LEAD, subject: "What is to be done" } : { id: threadId },
  deduplicationKey: systemIds.unique(),
});

/** `maxPending`: how many messages may wait for one agent. */
export async function createScene(
  store: Writable,
  childCount: number,
  maxPending = defaultMessageLimits.maxPending,
): Promise<Scene> {
  const agents = createAgentTable(systemClock);
  const inbox = createInbox(systemClock, systemIds, { ...defaultMessageLimits, maxPending });
  const children = Array.from({ length: childCount }, (_, index) => `child-${index}`);
  await store.transaction(async (tx) => {
    const lead = await agents.insert(tx, { id: LEAD, parent: null, name: LEAD, ...plain });
    for (const id of children) {
      await agents.insert(tx, { id, parent: lead, name: id, ...plain });
      await tx.run(
        `INSERT INTO turns (id, agent_id, number, attempt, status, held_usd, held_tokens, started_at)
         VALUES (?, ?, 1, 1, 'calling', 0, 0, 0)`,
        [turnOf(id), id],
      );
    }
  });
  return {
    store,
    children,
    send: (tx, childId, threadId) => inbox.send(tx, draftFor(childId, threadId)),
    async post(tx, childId, threadId) {
      const posted = await inbox.post(tx, draftFor(childId, threadId), childId);
      if (!posted.ok) throw new Error(posted.refusal.message);
      return posted.value;
    },
    async claim(tx, childId) {
      const ids = (await inbox.due(tx, childId, "all")).map(({ id }) => id);
      await inbox.deliver(tx, childId, ids, turnOf(childId));
      return ids;
    },
    deliver: (tx, childId, messageIds) => inbox.deliver(tx, childId, messageIds, turnOf(childId)),
    process: (tx, childId, messageIds) => inbox.process(tx, childId, messageIds, turnOf(childId)),
  };
}
