import { z } from "zod";
import { ok, type Result } from "../../../src/base/errors.ts";
import { stopAgents } from "../../../src/engine/agents/control.ts";
import { endAgent } from "../../../src/engine/agents/ending.ts";
import { spawnChild, spawnRoot } from "../../../src/engine/agents/hiring.ts";
import type { Parts } from "../../../src/engine/agents/parts.ts";
import { raiseByAncestor, raiseByUser } from "../../../src/engine/agents/raising.ts";
import { recoverAgents } from "../../../src/engine/agents/recovery.ts";
import { reopenAgent } from "../../../src/engine/agents/reopening.ts";
import type { Amounts } from "./actions.ts";
import type { Deed, Foreseen } from "./bank.ts";
import {
  endAlone,
  endSubtree,
  hire,
  hold,
  type Limits,
  loseAllCalls,
  loseCall,
  type Member,
  type Model,
  member,
  openChildrenOf,
  raise,
  reopen,
  type Sums,
  settle,
} from "./model.ts";

/** What can be done to the bank: by the engine's own functions, and what the model makes of it. */

const task = { role: "nobody", task: "Spend.", model: "offline/survey" };
const content = { offset: 0, length: 1, checksum: 0 };
const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

const told = ({ usd, tokens }: Amounts): string => `${usd ?? "?"}/${tokens ?? "?"}`;
const only = (result: Result<Model>): Foreseen => (result.ok ? ok([result.value]) : result);

const hiredRow = z.object({ value: z.object({ id: z.string() }) });
const hiredIn = (outcome: unknown): string => hiredRow.safeParse(outcome).data?.value.id ?? "";

export const found = (limits: Limits, id: string, amounts: Sums): Deed => ({
  name: `${id} is founded with ${told(amounts)}`,
  foresee: (before) => only(hire(before, limits, { id, parent: null, amounts })),
  run: (parts) =>
    spawnRoot(parts, { ...task, withChanges: false, id, budgetUsd: amounts.usd, budgetTokens: amounts.tokens }),
});

/** `meanwhile`: between the beginning of its parent's run, as which it is done, and the hiring. */
export const hireBelow = (
  limits: Limits,
  parent: string,
  amounts: Amounts,
  key: string,
  meanwhile: () => Promise<void>,
): Deed => ({
  name: `${parent} hires with ${told(amounts)}`,
  foresee: (before, outcome) => only(hire(before, limits, { id: hiredIn(outcome), parent, amounts })),
  async run(parts) {
    const hiring = await recordOf(parts, parent);
    await meanwhile();
    const budget = { budgetUsd: amounts.usd ?? undefined, budgetTokens: amounts.tokens ?? undefined };
    return spawnChild(parts, hiring, { ...task, model: undefined, name: "child", ...budget }, key);
  },
});

export const beginCall = (limits: Limits, caller: Member, held: Sums, turnId: string, at: number): Deed => ({
  name: `${caller.id} holds ${told(held)}`,
  foresee: (before) => only(hold(before, limits, caller.id, { id: turnId, held, at })),
  run: (parts) =>
    parts.store.attempt(async (tx) => {
      const holding = await parts.budgets.hold(tx, caller.id, held, { turnId, beganAt: at });
      const turn = { id: turnId, agentId: caller.id, number: caller.turns + 1, attempt: 1, held };
      if (holding.ok) await parts.turns.begin(tx, turn);
      return holding;
    }),
});

/** A reply, or a call that was refused without a charge. */
export const settleCall = ({ id, call }: Member, charged: Sums): Deed => ({
  name: `${id} is charged ${told(charged)}`,
  foresee: (before) => only(settle(before, id, charged)),
  run: (parts) =>
    parts.store.attempt(async (tx) => {
      if (call === null) throw new Error("there is no call to settle");
      await parts.budgets.settle(tx, id, call.held, charged, { turnId: call.id, beganAt: call.at });
      if (charged.usd + charged.tokens === 0) {
        await parts.turns.fail(tx, call.id, "refused", "failed");
        return ok(undefined);
      }
      const reply = { id: call.id, agentId: id, usage, costUsd: charged.usd, stopReason: "end_turn" as const };
      await parts.turns.reply(tx, { ...reply, input: null, reply: content, tools: [] });
      return ok(undefined);
    }),
});

/** A call that was cut off: what it cost, nobody will know. */
export const loseOneCall = ({ id, call }: Member): Deed => ({
  name: `${id} does not hear what its call cost`,
  foresee: (before) => only(loseCall(before, id)),
  async run(parts) {
    await parts.store.transaction((tx) => parts.turns.fail(tx, call?.id ?? "", "cut off", "unconfirmed"));
    return ok(undefined);
  },
});

export const recover: Deed = {
  name: "the next process recovers",
  foresee: (before) => only(loseAllCalls(before)),
  run: async (parts) => ok(await recoverAgents(parts)),
};

export const raiseFrom = (giver: string, id: string, amounts: Sums, key: string): Deed => ({
  name: `${giver} raises ${id} by ${told(amounts)}`,
  foresee: (before) => only(raise(before, { id, from: giver, amounts, key })),
  run: async (parts) => raiseByAncestor(parts, await recordOf(parts, giver), await recordOf(parts, id), amounts, key),
});

export const raiseAsUser = (id: string, amounts: Sums, key: string): Deed => ({
  name: `the user raises ${id} by ${told(amounts)} (${key})`,
  foresee: (before) => only(raise(before, { id, from: null, amounts, key })),
  run: async (parts) => raiseByUser(parts, await recordOf(parts, id), amounts, key),
});

export const reopenOne = (id: string, amounts: Amounts, key: string, senderId: string | null): Deed => ({
  name: `${senderId ?? "the user"} reopens ${id} with ${told(amounts)} (${key})`,
  foresee: (before) => only(reopen(before, { id, amounts, key })),
  run: (parts) => reopenAgent(parts, id, { task: null, budget: amounts, senderId, key }),
});

/** An agent says that it is done. A root ends all below it first, each with all that is below that. */
export const end = ({ id, parent }: Member): Deed => ({
  name: `${id} ends`,
  foresee(before) {
    if (parent !== null) return ok([endAlone(before, id)]);
    const below = openChildrenOf(before, id);
    const next = below.length === 0 ? [endAlone(before, id)] : below.map((child) => endSubtree(before, child.id));
    return ok([before, ...next]);
  },
  async run(parts) {
    await endAgent(parts, id, { as: "completed", reason: null, summary: "Spent." });
    return ok(undefined);
  },
});

/** Ends one that may be at work. A transaction that finds more to do than it was prepared for does nothing. */
export const stop = (by: string, id: string, scope: "agent" | "subtree"): Deed => ({
  name: `${by} stops ${id} (${scope})`,
  foresee(before, outcome) {
    if (outcome === false || !member(before, id).open) return ok([before]);
    return ok([scope === "subtree" ? endSubtree(before, id) : endAlone(before, id)]);
  },
  run: async (parts) => stopAgents(parts, await recordOf(parts, id), "enough", scope),
});

const recordOf = (parts: Parts, id: string) => parts.store.read((reader) => parts.agents.require(reader, id));
