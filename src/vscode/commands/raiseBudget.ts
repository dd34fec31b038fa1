import { isOpen } from "../agentFacts.ts";
import { commands } from "../contributions.ts";
import { parseRaise, raiseQuestion } from "../raise.ts";
import { ask } from "./ask.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Raise Budget…*: gives an agent more to spend; one that waits for it goes on. */
export const raiseBudget: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Raise Budget",
    fits: isOpen,
    prefers: ({ waitingFor }) => waitingFor === "budget",
    none: "No agent has a budget to raise: all have ended.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const budgets = await engine.budgets.list(row.id);
  if (!budgets.ok) return budgets;
  const { title } = commands["banyan.raiseBudget"];
  const amount = await ask({ title, ...raiseQuestion(row, budgets.value), parse: parseRaise });
  if (amount === undefined) return undefined;
  return withViewProgress(() => engine.budgets.raise({ agent: row.id, ...amount }));
};
