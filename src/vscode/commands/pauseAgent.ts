import { canPause } from "../agentFacts.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Pause Agent*: lets an agent and all below it rest after the step under way. */
export const pauseAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Pause Agent",
    fits: canPause,
    none: "No agent can be paused: all have ended or are paused.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const paused = await withViewProgress(() => engine.agents.pause(row.id, "paused by the user"));
  if (paused.ok) return paused;
  // The step under way may take a while, in which one asks again.
  const now = await engine.agents.find(row.id);
  return now.ok && now.value.status === "paused" ? now : paused;
};
