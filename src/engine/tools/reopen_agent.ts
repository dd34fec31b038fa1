import { z } from "zod";
import { usdInput } from "./amounts.ts";
import { failRefused } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  agent: z.string().min(1).describe("Name or id of an agent that you hired and that has ended"),
  task: z.string().trim().min(1).optional().describe("What more it is to do; its own task, tried again, when left out"),
  budgetUsd: usdInput.optional().describe("Dollars it may spend on it, of yours; as much as before when left out"),
  budgetTokens: z.int().min(0).optional().describe("Tokens it may use on it, of yours"),
});

export const reopenAgentTool: Tool<z.infer<typeof input>> = {
  name: "reopen_agent",
  description:
    "Gives an agent that you hired and that has ended more work: it remembers all it did and goes on on its own branch. " +
    "It reports again when it is done.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run(request, { team }) {
    const reopened = await team.reopen(request);
    if (!reopened.ok) return failRefused(reopened.refusal);
    return succeed(`${reopened.value.name} is at work again. Use wait for its report, then merge_child.`);
  },
};
