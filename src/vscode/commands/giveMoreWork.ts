import { refuse } from "../../base/errors.ts";
import { formatUsd } from "../../protocol/money.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { canReopen } from "../agentFacts.ts";
import { parseBudget } from "../figures.ts";
import { ask, parseTask } from "./ask.ts";
import type { Command } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";
import { reopen } from "./reopen.ts";

const titleOf = (step: number): string => `Give More Work (${step} of 2)`;

/** *Give More Work…*: opens an ended agent again with a task and a budget. Leaving either question changes nothing. */
export const giveMoreWork: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Give More Work",
    fits: canReopen,
    none: "No agent can be given more work: it has to have ended, and the agent that hired it must not.",
  });
  if (!picked?.ok) return picked;
  const { engine, row, parent } = picked.value;
  const task = await ask({
    title: titleOf(1),
    prompt: `What should “${row.name}” do next? It knows what it did so far, and goes on in its branch.`,
    placeHolder: "Add tests for what you changed",
    parse: parseTask,
  });
  if (task === undefined) return undefined;
  const budgetUsd = await askBudget(row, parent);
  return budgetUsd === undefined ? undefined : reopen(services, engine, { agent: row.id, task, budgetUsd });
};

/** As much as it had, or as its parent can give. */
function askBudget(row: AgentTreeRow, parent: AgentTreeRow | undefined): Promise<number | undefined> {
  const most = parent?.figures.freeUsd ?? Number.POSITIVE_INFINITY;
  const source = parent === undefined ? "" : ` “${parent.name}”, which hired it, has ${formatUsd(most)} to give.`;
  return ask({
    title: titleOf(2),
    prompt: `US dollars that it and all below it may spend from now on. What is left comes back.${source}`,
    value: formatUsd(Math.min(row.figures.allocatedUsd, most)).slice(1),
    parse(text) {
      const budget = parseBudget(text);
      if (!budget.ok || budget.value <= most) return budget;
      return refuse("bad_input", `“${parent?.name}” has only ${formatUsd(most)} to give: raise its budget first.`);
    },
  });
}
