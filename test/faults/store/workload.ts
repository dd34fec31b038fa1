import { createHash } from "node:crypto";
import { z } from "zod";
import { createAgentTable } from "../../../src/engine/agents/agents.ts";
import { bringBack, putAway } from "../../../src/engine/agents/archive.ts";
import { createTurnTable } from "../../../src/engine/agents/turns.ts";
import { createBudgets } from "../../../src/engine/budgets/budgets.ts";
import { noCaps } from "../../../src/engine/budgets/caps.ts";
import { createInbox } from "../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import type { Store, Transaction } from "../../../src/engine/store/port.ts";
import { createFakeClock } from "../../support/clock.ts";
import { createCountingIds } from "../../support/ids.ts";

/** An agent with no role of its own: all tools, nothing special to be told. */
const plain = { tools: null, mode: "auto", brief: null } as const;

/** One transaction of the workload. Together they write every table, each many times. */
type Operation = (tx: Transaction) => Promise<unknown>;

const held = { usd: 500, tokens: 50 };
const usage = { inputTokens: 20, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 };

/**
 * Transactions in their order, the same at every call: agents are hired, take turns, write to each other, and end; teams
 * are put away and brought back.
 */
export function workload(agents: number): readonly Operation[] {
  const clock = createFakeClock();
  const ids = createCountingIds();
  const table = createAgentTable(clock);
  const turns = createTurnTable(clock, ids);
  const budgets = createBudgets(clock, noCaps);
  const inbox = createInbox(clock, ids, defaultMessageLimits);
  const ref = (offset: number) => ({ offset, length: 10, checksum: offset });
  const start = async (tx: Transaction, id: string) => {
    await table.insert(tx, {
      id,
      parent: null,
      name: id,
      role: "lead",
      task: "all",
      model: "offline/survey",
      ...plain,
    });
    await budgets.open(tx, id, null, { usd: 9_000_000_000, tokens: 10_000_000 });
  };
  const archive = { agents: table, clock };
  const work: Operation[] = [(tx) => start(tx, "lead")];
  for (let index = 0; index < agents; index++) {
    const id = `agent-${index}`;
    const parent = index % 3 === 2 ? `agent-${index - 1}` : "lead";
    const turn = `turn-${index}`;
    work.push(
      async (tx) => {
        const hiring = await table.require(tx, parent);
        await table.insert(tx, {
          id,
          parent: hiring,
          name: id,
          role: "coder",
          task: "part",
          model: "offline/survey",
          ...plain,
        });
        await budgets.open(tx, id, parent, { usd: parent === "lead" ? 100_000 : 10_000, tokens: 1000 });
        await tx.run(
          `INSERT INTO worktrees (agent_id, path, branch, status, base_commit, target_branch, created_at, updated_at)
           VALUES (?1, ?1, ?1, 'creating', 'c', 'main', 0, 0)`,
          [id],
        );
        const thread = { rootId: "lead", subject: `task of ${id}` };
        await inbox.send(tx, {
          senderId: parent,
          recipientId: id,
          relation: "parent",
          kind: "task",
          priority: "normal",
          body: "x".repeat(index * 7),
          thread,
        });
      },
      async (tx) => {
        await table.move(tx, id, { type: "start" }, { reason: null });
        await budgets.hold(tx, id, held, { turnId: turn, beganAt: 0 });
        await turns.begin(tx, { id: turn, agentId: id, number: 1, attempt: 1, held });
        const due = await inbox.due(tx, id, "all");
        await inbox.deliver(
          tx,
          id,
          due.map((message) => message.id),
          turn,
        );
      },
      async (tx) => {
        await budgets.settle(tx, id, held, { usd: 300 + index, tokens: 30 }, { turnId: turn, beganAt: 0 });
        const reply = { id: turn, agentId: id, usage, costUsd: 300 + index, stopReason: "tool_use" as const };
        await turns.reply(tx, { ...reply, input: ref(0), reply: ref(10), tools: ["write_file", "report"] });
        await turns.checkpoint(tx, {
          agentId: id,
          turnId: turn,
          transcriptLength: 20,
          snapshotCommit: null,
          state: {},
        });
        await tx.emit({ type: "turn.completed", agentId: id, turnId: turn, number: 1 });
      },
      async (tx) => {
        const calls = await turns.toolCalls(tx, id);
        await turns.finishCalls(
          tx,
          calls.map((call) => ({ id: call.id, status: "succeeded" as const, result: ref(20) })),
        );
        await turns.complete(tx, turn);
        await tx.run("UPDATE worktrees SET status = 'isolated' WHERE agent_id = ?", [id]);
      },
    );
    if (index % 3 !== 1) {
      work.push(async (tx) => {
        await table.move(tx, id, { type: "end", as: "completed" }, { reason: null });
        await budgets.close(tx, id);
      });
    }
    if (index % 8 === 4) {
      const past = `past-${index}`;
      work.push(
        async (tx) => {
          await start(tx, past);
          await table.move(tx, past, { type: "end", as: "completed" }, { reason: null });
          await budgets.close(tx, past);
        },
        (tx) => putAway(archive, tx, past),
      );
      if (index % 16 === 12) work.push((tx) => bringBack(archive, tx, { rootId: past, name: past }));
    }
  }
  return work;
}

const tables = [
  "agents",
  "hierarchy",
  "budgets",
  "budget_entries",
  "turns",
  "tool_calls",
  "checkpoints",
  "message_threads",
  "messages",
  "worktrees",
  "archived_teams",
  "archived_rows",
  "events",
] as const;

const anyRow = z.record(z.string(), z.unknown());

/** What stands in every table. Two stores with the same hold the same, down to the last field. */
export const contentOf = (store: Store): Promise<string> =>
  store.read(async (reader) => {
    const hash = createHash("sha256");
    for (const table of tables) {
      const rows = await reader.all(anyRow, `SELECT * FROM ${table} ORDER BY 1, 2`);
      hash.update(JSON.stringify([table, rows]));
    }
    return hash.digest("hex");
  });

/** Rows of every table, to know that the workload reached all of them. */
export const rowCounts = (store: Store): Promise<readonly (readonly [string, number])[]> =>
  store.read(async (reader) => {
    const counts: [string, number][] = [];
    for (const table of tables) counts.push([table, (await reader.all(anyRow, `SELECT 1 FROM ${table}`)).length]);
    return counts;
  });
