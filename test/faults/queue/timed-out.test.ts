import { expect, test } from "vitest";
import { isEnded } from "../../../src/protocol/words.ts";
import { examineBooks } from "../../support/books.ts";
import { expectOk } from "../../support/store.ts";
import { check, flawless } from "./checker.ts";
import { createFlood, STOP } from "./flood.ts";
import { historyOf } from "./history.ts";
import type { Plan } from "./plan.ts";
import { asking, openTimedOutEngine, whileTimePasses } from "./timedOutEngine.ts";

const isLong = process.env.BANYAN_LONG === "1";
const FIRST_SEED = Number(process.env.BANYAN_SEED ?? 20_261_122);
const SEEDS = Array.from({ length: isLong ? 10 : 2 }, (_, index) => FIRST_SEED + index);
const planOf = (seed: number): Plan => ({
  seed,
  senders: 6,
  recipients: 4,
  messages: isLong ? 3_000 : 300,
  perTurn: 10,
});

for (const seed of SEEDS) {
  test(`commits that are said to have timed out have their effect once (seed ${seed})`, {
    timeout: 600_000,
  }, async () => {
    const plan = planOf(seed);
    const { engine, clock, told } = await openTimedOutEngine(seed, createFlood(plan));
    const began = performance.now();
    const lead = "leadleadle";
    const ended = new Promise<string>((resolve) => {
      engine.onEvent((event) => {
        if (event.type === "agent.moved" && event.agentId === lead && isEnded(event.to)) {
          resolve(`${event.to} ${event.reason}`);
        }
      });
    });
    const command = { id: lead, name: "lead", role: "lead", task: "Have letters sent.", model: "flood/letters" };
    const budget = { budgetUsd: 1_000_000_000_000, budgetTokens: 1_000_000_000_000 };
    expectOk(await asking(() => engine.agents.spawn({ ...command, ...budget })));
    expect(await whileTimePasses(clock, ended)).toBe("completed null");
    told.isOver = true;

    const history = await historyOf(engine);
    const verdict = check(history);
    const processed = history.takes.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
    const found = Object.fromEntries(Object.entries(verdict).map(([what, list]) => [what, list.length]));
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    console.info(JSON.stringify({ ...plan, ...told, seconds, processed, ...found }));
    expect(verdict).toEqual(flawless);
    expect(processed).toBe(plan.messages);
    expect(history.sendings.filter(({ outcome }) => outcome === "acknowledged")).toHaveLength(plan.messages);
    const stops = expectOk(await engine.messages.list()).filter(({ body }) => body === STOP);
    expect(new Set(stops.map(({ recipientId }) => recipientId)).size).toBe(plan.recipients);
    expect(stops).toHaveLength(plan.recipients);
    expect(await examineBooks(engine)).toEqual([]);
  });
}
