import type { Clock } from "../../../src/base/clock.ts";
import { createAgentTable } from "../../../src/engine/agents/agents.ts";
import { createBudgets } from "../../../src/engine/budgets/budgets.ts";
import { noCaps } from "../../../src/engine/budgets/caps.ts";
import { createInbox } from "../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import type { Store, Transaction } from "../../../src/engine/store/port.ts";
import type { AgentRecord } from "../../../src/protocol/records.ts";

/** An agent with no role of its own: all tools, nothing special to be told. */
const plain = { tools: null, mode: "auto", brief: null } as const;

const at = 1_800_000_000_000;
const clock: Clock = { now: () => at, sleep: () => Promise.resolve() };

/** The four transactions that the engine does most, over a store of either kind. */
export interface Transactions {
  readonly prepare: (store: Pick<Store, "transaction">) => Promise<void>;
  /** The next one: enqueue a message, claim the next, hold and settle a call, insert an agent five levels deep. */
  readonly next: () => (tx: Transaction) => Promise<void>;
}

export function createTransactions(): Transactions {
  let unique = 0;
  let short = 0;
  const ids = { unique: () => `id-${++unique}`, short: () => `agent-${++short}` };
  const agents = createAgentTable(clock);
  const budgets = createBudgets(clock, noCaps);
  const inbox = createInbox(clock, ids, defaultMessageLimits);
  let deepest: AgentRecord | undefined;
  let thread = "";

  const insert = async (
    tx: Transaction,
    id: string,
    parent: AgentRecord | null,
    amounts: { usd: number; tokens: number },
  ) => {
    const agent = await agents.insert(tx, {
      id,
      parent,
      name: id,
      role: "coder",
      task: "t",
      model: "offline/survey",
      ...plain,
    });
    await budgets.open(tx, id, parent?.id ?? null, amounts);
    return agent;
  };

  const enqueue = async (tx: Transaction) => {
    await inbox.send(tx, {
      senderId: "level-1",
      recipientId: "level-0",
      relation: "child",
      kind: "note",
      priority: "normal",
      body: "Something to know, about as long as most of them are.",
      thread: thread === "" ? { rootId: "level-0", subject: "s" } : { id: thread },
    });
  };
  const claim = async (tx: Transaction) => {
    const [first] = await inbox.due(tx, "level-0", "all");
    if (first === undefined) return;
    await inbox.deliver(tx, "level-0", [first.id], "turn");
    await inbox.process(tx, "level-0", [first.id], "turn");
  };
  const holdAndSettle = async (tx: Transaction) => {
    const held = { usd: 500, tokens: 50 };
    await budgets.hold(tx, "level-0", held, { turnId: "turn", beganAt: 0 });
    await budgets.settle(tx, "level-0", held, { usd: 300, tokens: 30 }, { turnId: "turn", beganAt: 0 });
  };
  const insertDeep = async (tx: Transaction) => {
    await insert(tx, ids.short(), deepest ?? null, { usd: 10, tokens: 10 });
  };
  const kinds = [enqueue, claim, holdAndSettle, insertDeep];
  let count = 0;

  return {
    async prepare(store) {
      await store.transaction(async (tx) => {
        let parent: AgentRecord | null = null;
        for (let level = 0; level < 5; level++) {
          const share = 10 ** (12 - level);
          parent = await insert(tx, `level-${level}`, parent, { usd: share, tokens: share });
        }
        deepest = parent ?? undefined;
        await tx.run(
          `INSERT INTO turns (id, agent_id, number, attempt, status, held_usd, held_tokens, started_at)
           VALUES ('turn', 'level-0', 1, 1, 'calling', 0, 0, 0)`,
        );
        const sent = await inbox.send(tx, {
          senderId: null,
          recipientId: "level-0",
          relation: "user",
          kind: "task",
          priority: "normal",
          body: "t",
          thread: { rootId: "level-0", subject: "s" },
        });
        thread = sent.threadId;
      });
    },
    next: () => kinds[count++ % kinds.length] ?? enqueue,
  };
}
