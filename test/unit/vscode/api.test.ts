import { expect, test } from "vitest";
import { ok, refuse } from "../../../src/base/errors.ts";
import { createApi } from "../../../src/vscode/api.ts";
import { agentRow } from "./builders.ts";
import { createFakeEngine, refusal } from "./fakeEngine.ts";

test("opens the engine on use, to create only for a spawn, and answers what it answers", async () => {
  const fake = createFakeEngine();
  fake.rows = [agentRow()];
  const asked: string[] = [];
  const api = createApi({
    async engine(ifMissing) {
      asked.push(ifMissing);
      return ok(fake.engine);
    },
  });
  expect(await api.agents.tree()).toEqual(ok(fake.rows));
  expect(await api.agents.spawn({ task: "t", model: "m/n", budgetUsd: 1, budgetTokens: 1 })).toEqual({
    ok: false,
    refusal,
  });
  expect(await api.worktrees.readFileAt("c", "p")).toEqual(ok(undefined));
  expect(asked).toEqual(["refuse", "create", "refuse"]);
});

test("answers why there is no engine", async () => {
  const silent = refuse("leader_silent", "silent");
  const api = createApi({ engine: async () => silent });
  const answers = await Promise.all([
    api.agents.find("a"),
    api.agents.tree(),
    api.agents.turns("a"),
    api.agents.transcript("a"),
    api.agents.stop("a", "b"),
    api.agents.whenEnded("a"),
    api.agents.spawn({ task: "t", model: "m/n", budgetUsd: 1, budgetTokens: 1 }),
    api.messages.send({ to: "a", body: "b" }),
    api.messages.list(),
    api.budgets.list(),
    api.budgets.ledger("a"),
    api.worktrees.list(),
    api.worktrees.diff("a"),
    api.worktrees.patch("a"),
    api.worktrees.merge("a"),
  ]);
  expect(answers.every((answer) => answer === silent)).toBe(true);
});
