import { describe, expect, test } from "vitest";
import { createBudgets } from "../../../src/engine/budgets/budgets.ts";
import { noCaps } from "../../../src/engine/budgets/caps.ts";
import type { Reader, Transaction } from "../../../src/engine/store/port.ts";
import { formatUsd } from "../../../src/protocol/money.ts";
import { readWait } from "../../../src/vscode/budgetWait.ts";

/** A store in which an agent has so much left, and so much was spent today. */
function storeWith(free: { usd: number; tokens: number }, spent: number): Transaction {
  const rows = [
    { unit: "usd", amount: free.usd },
    { unit: "tokens", amount: free.tokens },
  ];
  const all: Reader["all"] = async (schema) => rows.map((row) => schema.parse(row));
  const get: Reader["get"] = async (schema) => schema.parse({ day: spent, month: spent });
  return { all, get, run: async () => 0, emit: async () => undefined };
}

async function reasonOf(worst: { usd: number; tokens: number }, caps = noCaps): Promise<string> {
  const budgets = createBudgets({ now: () => 0, sleep: async () => undefined }, caps);
  const store = storeWith({ usd: 50_000, tokens: 12 }, 4_000_000);
  const held = await budgets.hold(store, "a", worst, { turnId: "t", beganAt: 0 });
  return held.ok ? "" : held.refusal.message;
}

describe("what a wait for budget lacks is read from what the engine says", () => {
  test("of dollars", async () => {
    const reason = await reasonOf({ usd: 61_500, tokens: 10 });
    expect(readWait(reason)).toEqual({ kind: "budget", unit: "usd", needed: 61_500, left: 50_000 });
  });

  test("of tokens", async () => {
    const reason = await reasonOf({ usd: 0, tokens: 4_200 });
    expect(readWait(reason)).toEqual({ kind: "budget", unit: "tokens", needed: 4_200, left: 12 });
  });

  test.each([
    ["day", { perDayUsd: 4_000_000, perMonthUsd: null }],
    ["month", { perDayUsd: null, perMonthUsd: 4_000_000 }],
  ])("under a cap for each %s", async (each, caps) => {
    const reason = await reasonOf({ usd: 10, tokens: 10 }, caps);
    expect(readWait(reason)).toEqual({ kind: "cap", cap: `${formatUsd(4_000_000)} a ${each}` });
  });

  test.each([null, "", "Out of money."])("and of what is said otherwise (%s) nothing", (reason) => {
    expect(readWait(reason)).toEqual({ kind: "unknown" });
  });
});
