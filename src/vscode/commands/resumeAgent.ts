import { canResume } from "../agentFacts.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Resume Agent*: lets an agent, and all below it that is paused, go on from where it stands. */
export const resumeAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Resume Agent",
    fits: canResume,
    none: "No agent is paused.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  return withViewProgress(() => engine.agents.resume(row.id));
};
