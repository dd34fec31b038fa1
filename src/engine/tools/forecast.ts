import { z } from "zod";
import { formatUsd } from "../../protocol/money.ts";
import { usdInput } from "./amounts.ts";
import { failRefused } from "./text.ts";
import { succeed, type TeamForecast, type Tool } from "./tool.ts";

const input = z.strictObject({
  agents: z.int().min(1).max(256).describe("How many you think of hiring"),
  role: z.string().trim().min(1).max(60).describe("Their role"),
  model: z.string().min(1).optional().describe("provider/model; as when you hire when left out"),
  budgetUsd: usdInput.optional().describe("Dollars that each would get; a share of yours when left out"),
  budgetTokens: z.int().min(0).optional().describe("Tokens that each would get"),
});

export const forecastTool: Tool<z.infer<typeof input>> = {
  name: "forecast",
  description:
    "What agents may come to before you hire them: by what such agents came to before, and at the most. Costs nothing.",
  input,
  effect: "reads",
  needsWorktree: false,
  async run(request, { team }) {
    const made = await team.forecast(request);
    return made.ok ? succeed(JSON.stringify(described(made.value), null, 1)) : failRefused(made.refusal);
  },
};

function described({ agents, sample, likely, high, most, left, priceKnown }: TeamForecast) {
  const amounts = (each: TeamForecast["most"] | null) =>
    each === null
      ? "unknown: no such agent has ended yet"
      : { ...each, usd: priceKnown ? formatUsd(each.usd) : "unknown" };
  return {
    agents,
    likely: amounts(likely),
    high: amounts(high),
    most: { usd: formatUsd(most.usd), tokens: most.tokens },
    basedOn: `${sample} agents that have ended`,
    youHave: { usd: formatUsd(left.usd), tokens: left.tokens },
    fits: most.usd <= left.usd && most.tokens <= left.tokens,
  };
}
