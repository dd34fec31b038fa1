import type { ForecastCommand } from "../../protocol/commands.ts";
import type { Forecast } from "../../protocol/records.ts";
import type { Amounts } from "./ledger.ts";

/**
 * What agents may come to, by what such agents came to before, each with all below it. One that is likely to need more
 * than its budget is counted with its budget: it can't pass that.
 */
export function forecastOf(
  { agents, budgetUsd, budgetTokens }: Pick<ForecastCommand, "agents" | "budgetUsd" | "budgetTokens">,
  sample: readonly Amounts[],
  priceKnown: boolean,
): Forecast {
  const budget: Amounts = { usd: budgetUsd, tokens: budgetTokens };
  const each = (unit: keyof Amounts, share: number) =>
    agents *
    Math.min(
      budget[unit],
      quantile(
        sample.map((amounts) => amounts[unit]),
        share,
      ),
    );
  const all = (share: number): Amounts => ({ usd: each("usd", share), tokens: each("tokens", share) });
  const known = sample.length > 0;
  return {
    agents,
    sample: sample.length,
    likely: known ? all(0.5) : null,
    high: known ? all(0.9) : null,
    most: { usd: agents * budgetUsd, tokens: agents * budgetTokens },
    priceKnown,
  };
}

/** The smallest value that this share of all values is not above. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
