import { z } from "zod";
import type { Clock } from "../../../src/base/clock.ts";
import type { Ids } from "../../../src/base/ids.ts";
import { createAgentTable } from "../../../src/engine/agents/agents.ts";
import { createTurnTable } from "../../../src/engine/agents/turns.ts";
import { createBudgets } from "../../../src/engine/budgets/budgets.ts";
import { noCaps } from "../../../src/engine/budgets/caps.ts";
import { createInbox } from "../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import type { Reader, Transaction } from "../../../src/engine/store/port.ts";

/** An agent with no role of its own: all tools, nothing special to be told. */
const plain = { tools: null, mode: "auto", brief: null } as const;

type Step = (tx: Transaction) => Promise<void>;

/** Lives of agents, in steps of one transaction each, that write every table. */
export interface Lives {
  /** Makes the lead that hires them, where there is none yet. */
  readonly begin: Step;
  of(id: string): readonly Step[];
}

const LEAD = "lead";
const held = { usd: 500, tokens: 50 };
const usage = { inputTokens: 20, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 };
const ref = (offset: number) => ({ offset, length: 10, checksum: offset });

export function createLives(clock: Clock, ids: Ids): Lives {
  const agents = createAgentTable(clock);
  const turns = createTurnTable(clock, ids);
  const budgets = createBudgets(clock, noCaps);
  const inbox = createInbox(clock, ids, defaultMessageLimits);

  const hire = async (tx: Transaction, id: string) => {
    const parent = await agents.require(tx, LEAD);
    await agents.insert(tx, { id, parent, name: id, role: "coder", task: "part", model: "offline/survey", ...plain });
    await budgets.open(tx, id, LEAD, { usd: 1000, tokens: 100 });
    await tx.run(
      `INSERT INTO worktrees (agent_id, path, branch, status, base_commit, target_branch, created_at, updated_at)
       VALUES (?1, ?1, ?1, 'creating', 'c', 'main', 0, 0)`,
      [id],
    );
    const thread = { rootId: LEAD, subject: `task of ${id}` };
    const body = "x".repeat(200);
    const task = { senderId: LEAD, recipientId: id, relation: "parent", kind: "task", priority: "normal" } as const;
    await inbox.send(tx, { ...task, body, thread });
  };
  const start = async (tx: Transaction, id: string) => {
    await agents.move(tx, id, { type: "start" }, { reason: null });
    await budgets.hold(tx, id, held, { turnId: id, beganAt: 0 });
    await turns.begin(tx, { id, agentId: id, number: 1, attempt: 1, held });
    await inbox.deliver(tx, id, await due(tx, id), id);
  };
  const reply = async (tx: Transaction, id: string) => {
    await budgets.settle(tx, id, held, { usd: 300, tokens: 30 }, { turnId: id, beganAt: 0 });
    const said = { id, agentId: id, usage, costUsd: 300, stopReason: "tool_use" as const };
    await turns.reply(tx, { ...said, input: ref(0), reply: ref(10), tools: ["write_file", "report"] });
    const [message] = await tx.all(idRow, "SELECT id FROM messages WHERE recipient_id = ? ORDER BY seq", [id]);
    await inbox.process(tx, id, message === undefined ? [] : [message.id], id);
    const at = { agentId: id, turnId: id, transcriptLength: 20, snapshotCommit: null };
    await turns.checkpoint(tx, { ...at, state: {} });
  };
  const complete = async (tx: Transaction, id: string) => {
    const calls = await turns.toolCalls(tx, id);
    const outcomes = calls.map((call) => ({ id: call.id, status: "succeeded" as const, result: ref(20) }));
    await turns.finishCalls(tx, outcomes);
    await turns.complete(tx, id);
    await tx.run("UPDATE worktrees SET status = 'isolated' WHERE agent_id = ?", [id]);
  };
  const end = async (tx: Transaction, id: string) => {
    await agents.move(tx, id, { type: "end", as: "completed" }, { reason: null });
    await budgets.close(tx, id);
  };
  const due = async (tx: Transaction, id: string) => (await inbox.due(tx, id, "all")).map((message) => message.id);

  return {
    async begin(tx) {
      if ((await agents.get(tx, LEAD)) !== undefined) return;
      await agents.insert(tx, {
        id: LEAD,
        parent: null,
        name: LEAD,
        role: "lead",
        task: "all",
        model: "offline/survey",
        ...plain,
      });
      await budgets.open(tx, LEAD, null, { usd: 2 ** 50, tokens: 2 ** 50 });
    },
    of: (id) => [hire, start, reply, complete, end].map((step) => (tx: Transaction) => step(tx, id)),
  };
}

const idRow = z.object({ id: z.string() });
const lifeRow = z.object({ id: z.string(), found: z.string() });

/** What stands in every table after each step: none, hired, started, replied, completed, ended. */
const AFTER = [
  "nothing",
  "pending 2 creating 2 - - 0 pending 0 0",
  "running 2 creating 4 calling - 0 delivered 0 1000",
  "running 2 creating 6 replied pending,pending 1 processed 600 0",
  "running 2 isolated 6 completed succeeded,succeeded 1 processed 600 0",
  "completed 2 isolated 8 completed succeeded,succeeded 1 processed 600 0",
];

const FOUND = `SELECT id, concat_ws(' ', status,
    (SELECT count(*) FROM hierarchy WHERE descendant_id = agents.id),
    (SELECT status FROM worktrees WHERE agent_id = agents.id),
    (SELECT count(*) FROM budget_entries WHERE agent_id = agents.id),
    coalesce((SELECT status FROM turns WHERE agent_id = agents.id), '-'),
    coalesce((SELECT group_concat(status) FROM tool_calls WHERE turn_id = agents.id), '-'),
    (SELECT count(*) FROM checkpoints WHERE agent_id = agents.id),
    (SELECT status FROM messages WHERE recipient_id = agents.id),
    (SELECT sum(used) * 2 FROM budgets WHERE agent_id = agents.id AND unit = 'usd'),
    (SELECT sum(reserved) * 2 FROM budgets WHERE agent_id = agents.id AND unit = 'usd')) AS found
  FROM agents WHERE parent_id IS NOT NULL ORDER BY id`;

/** The step after which each agent stands; throws for one that stands between two. */
export async function stepsOf(reader: Reader): Promise<ReadonlyMap<string, number>> {
  const rows = await reader.all(lifeRow, FOUND);
  return new Map(
    rows.map(({ id, found }) => {
      const step = AFTER.indexOf(found);
      if (step === -1) throw new Error(`agent ${id} stands between two steps: ${found}`);
      return [id, step];
    }),
  );
}

const wrongBalance = z.object({ agent_id: z.string(), unit: z.string() });

/** Balances that are not the sum of their ledger entries. */
export const wrongBalances = (reader: Reader) =>
  reader.all(
    wrongBalance,
    `SELECT budgets.agent_id, budgets.unit FROM budgets
     JOIN (SELECT agent_id, unit, sum(allocated) AS allocated, sum(reserved) AS reserved, sum(used) AS used,
       sum(own_used) AS own_used, sum(overrun) AS overrun FROM budget_entries GROUP BY agent_id, unit) AS entries
       ON entries.agent_id = budgets.agent_id AND entries.unit = budgets.unit
     WHERE (budgets.allocated, budgets.reserved, budgets.used, budgets.own_used, budgets.overrun)
       <> (entries.allocated, entries.reserved, entries.used, entries.own_used, entries.overrun)
     ORDER BY 1, 2`,
  );
