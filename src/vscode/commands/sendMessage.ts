import { recipientOf } from "../messages/recipients.ts";
import type { Command } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Send Message…*: opens the messages view on an agent's conversations, with a message to it begun. */
export const sendMessage: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Send Message",
    fits: () => true,
    prefers: ({ endedAt }) => endedAt === null,
    none: "There are no agents yet: spawn one first.",
  });
  if (picked?.ok) {
    const { row, rows } = picked.value;
    services.messages.open({ kind: "agent", agent: recipientOf(row, rows) });
  }
  return picked;
};
