import { z } from "zod";
import { formatUsd } from "../../protocol/money.ts";
import { usdInput } from "./amounts.ts";
import { failRefused } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z
  .strictObject({
    agent: z.string().min(1).describe("Name or id of an agent below you"),
    usd: usdInput.default(0).describe("Dollars to add to what it may spend: 0.50"),
    tokens: z.int().min(0).default(0).describe("Tokens to add to what it may use"),
  })
  .refine(({ usd, tokens }) => usd + tokens > 0, "say how many dollars or tokens to add");

export const raiseBudgetTool: Tool<z.infer<typeof input>> = {
  name: "raise_budget",
  description: "Gives an agent below you more to spend, out of what you have left. One that waits for budget goes on.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run({ agent, usd, tokens }, { team }) {
    const raised = await team.raise(agent, { usd, tokens });
    if (!raised.ok) return failRefused(raised.refusal);
    return succeed(`${raised.value.name} may spend ${formatUsd(usd)} and ${tokens} tokens more.`);
  },
};
