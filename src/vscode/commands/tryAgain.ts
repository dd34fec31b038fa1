import { canTryAgain } from "../agentFacts.ts";
import type { Command } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";
import { reopen } from "./reopen.ts";

/** *Try Again*: opens an agent that failed or was stopped again, with its own task and as much budget as it had. */
export const tryAgain: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Try Again",
    fits: canTryAgain,
    none: "No agent can try again: it has to have failed or been stopped, and the agent that hired it must not have ended.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  return reopen(services, engine, { agent: row.id });
};
