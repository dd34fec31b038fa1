import { describe, expect, test } from "vitest";
import type { BudgetRecord } from "../../../src/protocol/records.ts";
import { parseRaise, raiseQuestion } from "../../../src/vscode/raise.ts";
import { agentRow } from "./builders.ts";

const apart = { reserved: 0, ownUsed: 0, overrun: 0, unconfirmed: 0 };
const budgets: readonly BudgetRecord[] = [
  { agentId: "a", unit: "usd", state: "open", allocated: 50_000, used: 40_000, ...apart },
  { agentId: "a", unit: "tokens", state: "open", allocated: 10_000, used: 9_988, ...apart },
];
const waiting = (reason: string) => agentRow({ status: "waiting", waitingFor: "budget", reason });

describe("the amount that a person types", () => {
  test.each([
    ["2.50", { usd: 2_500_000 }],
    [" $0.1 ", { usd: 100_000 }],
    ["50000 tokens", { tokens: 50_000 }],
    ["50,000 Tokens", { tokens: 50_000 }],
    ["1 token", { tokens: 1 }],
  ])("%s is taken", (text, value) => {
    expect(parseRaise(text)).toEqual({ ok: true, value });
  });

  test.each(["", "a lot", "-1", "0", "0 tokens", "1.5 tokens", "9999999999999 tokens", "100001"])(
    "%s is refused",
    (text) => {
      expect(parseRaise(text).ok).toBe(false);
    },
  );
});

describe("the question by how much a budget is raised", () => {
  test("says what there is and what is left, and offers as much again", () => {
    const { prompt, value } = raiseQuestion(agentRow({ status: "running" }), budgets);
    expect(prompt).toMatch(/^“lead” has \$0\.05, \$0\.01 of it left\. How many US dollars more\?/);
    expect(value).toBe("0.05");
  });

  test("says what the next call may take, and offers what is missing where that is more", () => {
    const row = waiting("The budget is too small: a model call may take $0.295, left of it: $0.01.");
    const { prompt, value } = raiseQuestion(row, budgets);
    expect(prompt).toContain("Its next model call may take $0.295.");
    expect(value).toBe("0.29");
  });

  test("asks for tokens where these are what is missing", () => {
    const row = waiting("The budget is too small: a model call may take 4200 tokens, left of it: 12 tokens.");
    const { prompt, value } = raiseQuestion(row, budgets);
    expect(prompt).toContain("has 10,000 tokens, 12 tokens of it left. Its next model call may take 4,200 tokens.");
    expect(value).toBe("10000 tokens");
    expect(parseRaise(value)).toEqual({ ok: true, value: { tokens: 10_000 } });
  });

  test("says of an agent that was hired where its money comes from", () => {
    expect(raiseQuestion(agentRow({ parentId: "p" }), budgets).prompt).toMatch(/the agents above it/);
  });
});
