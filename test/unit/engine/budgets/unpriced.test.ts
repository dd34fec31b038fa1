import { expect, test } from "vitest";
import { systemClock } from "../../../../src/base/clock.ts";
import { agentLines } from "../../../../src/cli/render/agent.ts";
import { balanceLines } from "../../../../src/cli/render/budget.ts";
import { spendingLines } from "../../../../src/cli/render/team.ts";
import { treeLines } from "../../../../src/cli/render/tree.ts";
import type { ModelProvider } from "../../../../src/engine/models/port.ts";
import { createScriptProvider } from "../../../../src/engine/models/script/provider.ts";
import { report, type Script, startEngine, write } from "../../../support/engine.ts";
import { createRepository } from "../../../support/repository.ts";
import { expectOk, temporaryFolder } from "../../../support/store.ts";
import { textOf } from "../../cli/support/lines.ts";

/** Plays a script as a model of a provider that no table knows. */
function unpriced(scriptFolder: string): ModelProvider {
  const scripts = createScriptProvider({ baseDir: scriptFolder, clock: systemClock });
  return {
    name: "unpriced",
    offers: ["FILE"],
    async open(file) {
      const model = await scripts.open(file);
      return model.ok ? { ok: true, value: { ...model.value, id: `unpriced/${file}` } } : model;
    },
  };
}

const script: Script = [{ turns: [write("a.txt", "a\n"), report("Done.")] }];
const model = "unpriced/script-1.json";

async function setUp(prices = {}) {
  const scriptFolder = await temporaryFolder();
  const repository = await createRepository();
  return startEngine(repository, { scriptFolder, providers: [unpriced(scriptFolder)], settings: { prices } });
}

test("a model without a price runs on its token budget, and its cost is unknown wherever it is shown", async () => {
  const { engine, run } = await setUp();
  const agent = await run(script, { model, budgetUsd: 1 });
  expect(agent.status).toBe("completed");
  const agents = await engine.agents.tree();
  const budget = expectOk(await engine.budgets.list());
  const turns = expectOk(await engine.agents.turns(agent.id));
  expect(turns.map(({ costUsd }) => costUsd)).toEqual([null, null]);
  expect(agents[0]?.figures).toMatchObject({ costUsd: 0, costKnown: false, subtreeCostKnown: false });
  expect(budget.find(({ unit }) => unit === "tokens")?.used).toBeGreaterThan(0);
  const nameOf = () => "lead";
  const [row] = agents;
  if (row === undefined) throw new Error("there is no agent");
  for (const lines of [
    treeLines(agents, { ids: false, frame: null }),
    balanceLines(budget, nameOf, { agents }),
    agentLines(
      { agent: row, ancestors: [], budget, worktree: null, turns, deadMessages: 0, asked: null, clashes: [] },
      nameOf,
    ),
    spendingLines(budget, agents),
  ]) {
    expect(textOf(lines)).toContain("cost unknown");
  }
});

test("its token budget holds", async () => {
  const { spawn, waiting } = await setUp();
  const { id } = await spawn(script, { model, budgetTokens: 10 });
  expect((await waiting(id, "budget")).reason).toContain("10 tokens");
});

test("the user's own price makes its cost known, and is held before the call", async () => {
  const { engine, run, spawn, waiting } = await setUp({ [model]: { input: 3, output: 15 } });
  const agent = await run(script, { model });
  const [row] = await engine.agents.tree();
  expect(row?.figures.costKnown).toBe(true);
  expect(row?.figures.costUsd).toBeGreaterThan(0);
  expect(agent.status).toBe("completed");
  const poor = await spawn(script, { model, budgetUsd: 1, name: "poor" });
  expect((await waiting(poor.id, "budget")).reason).toContain("The budget is too small");
});
