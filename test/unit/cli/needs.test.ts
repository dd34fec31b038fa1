import { describe, expect, test } from "vitest";
import { createCalls } from "../../../src/cli/calls.ts";
import { type Need, needsLines, raiseFor } from "../../../src/cli/needs.ts";
import { agentRow, balance } from "./support/records.ts";

const tooDear = "The budget is too small: a model call may take $0.0021, left of it: $0.001.";
const tooLong = "The budget is too small: a model call may take 7096 tokens, left of it: 100 tokens.";

const need = (name: string, rest: Parameters<typeof agentRow>[0], budget: Need["budget"] = []): Need => ({
  agent: agentRow({ id: name, name, status: "waiting", endedAt: null, ...rest }),
  word: name,
  budget,
});
const told = (needs: readonly Need[], folder?: string) => needsLines(needs, createCalls("banyan", folder));

describe("what a team waits for", () => {
  test("is told for each agent, with the commands that let it go on", () => {
    const budget = [balance({ allocated: 300_000 }), balance({ unit: "tokens", allocated: 6000 })];
    expect(
      told(
        [
          need("lead", { waitingFor: "budget", reason: tooDear }, budget),
          need("parser", { waitingFor: "budget", reason: tooLong }, budget),
          need("lexer", { status: "paused", waitingFor: null, reason: "let me look" }),
        ],
        "../my repo",
      ),
    ).toEqual([
      `lead waits for budget: ${tooDear}`,
      `parser waits for budget: ${tooLong}`,
      "lexer is paused: let me look",
      "Go on with: banyan raise lead 0.50 --repo '../my repo'",
      "then with: banyan raise parser --tokens 10000 --repo '../my repo'",
      "then with: banyan resume lexer --repo '../my repo'",
      "then with: banyan resume --repo '../my repo'",
    ]);
  });

  test("is resumed once where what is below it is paused with it", () => {
    const paused = { status: "paused", waitingFor: null, reason: "paused by the user" } as const;
    expect(told([need("lead", paused), need("parser", { ...paused, parentId: "lead" })])).toEqual([
      "lead is paused by the user",
      "parser is paused by the user",
      "Go on with: banyan resume lead",
      "then with: banyan resume",
    ]);
  });

  test("has no command of its own where there is none", () => {
    expect(
      told([need("lead", { waitingFor: "provider", reason: "vscode/x is there only where VS Code runs." })]),
    ).toEqual(["lead waits for its model: vscode/x is there only where VS Code runs.", "Go on with: banyan resume"]);
    expect(told([need("lead", { waitingFor: "attention" })])[0]).toBe("lead waits for you");
    expect(told([need("lead", { waitingFor: "message" })])).toEqual([
      "lead waits for a message, and nobody at work could send one",
      "Go on with: banyan send lead TEXT",
      "then with: banyan resume",
    ]);
  });
});

describe("the amount to raise a budget by", () => {
  test.each([
    [tooDear, 300_000, "0.50"],
    [tooDear, 1_000_000, "1.00"],
    [tooDear, 1000, "0.005"],
    [tooLong, 6000, "--tokens 10000"],
    [tooLong, 150_000, "--tokens 200000"],
  ])("%s given %i: %s", (reason, allocated, amount) => {
    expect(raiseFor(reason, [balance({ allocated }), balance({ unit: "tokens", allocated })])).toBe(amount);
  });

  test("is not told where a cap stands in the way", () => {
    const capped = "Your cap of $5.00 a day leaves no room: $4.99 are spent, a model call may take $0.02.";
    expect(raiseFor(capped, [balance()])).toBeUndefined();
    expect(raiseFor("", [])).toBeUndefined();
  });
});
