import { z } from "zod";
import { failRefused } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  agent: z.string().min(1).describe("Name or id of an agent below you"),
  reason: z.string().trim().min(1).describe("Why, in a line"),
});

export const stopAgentTool: Tool<z.infer<typeof input>> = {
  name: "stop_agent",
  description:
    "Ends an agent below you and all below it. What they did is kept and can be merged; what they had left comes back to you.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run({ agent, reason }, { team }) {
    const stopped = await team.stop(agent, reason);
    return stopped.ok ? succeed(`${stopped.value.name} was ended.`) : failRefused(stopped.refusal);
  },
};
