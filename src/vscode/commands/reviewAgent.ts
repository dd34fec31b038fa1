import { canDiff } from "../agentFacts.ts";
import type { Command } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Review Agent's Work*: opens the review of what an agent changed. */
export const reviewAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Review Agent's Work",
    fits: canDiff,
    none: "No agent has a worktree with work in it yet.",
  });
  if (picked?.ok) services.reviews.open(picked.value.row);
  return picked;
};
