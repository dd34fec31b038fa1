import type { Command } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Show Agent*: opens the agent's document. */
export const showAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Show Agent",
    fits: () => true,
    none: "There are no agents yet: spawn one first.",
  });
  if (picked?.ok) await services.documents.show(picked.value.row);
  return picked;
};
