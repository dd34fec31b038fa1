import { formatUsd, UNKNOWN_COST } from "../../protocol/money.ts";
import type { Forecast } from "../../protocol/records.ts";
import { fact, factLines } from "./facts.ts";
import { type Line, span } from "./line.ts";
import { plural } from "./text.ts";

/** What agents may come to. */
export function forecastLines({ agents, sample, likely, high, most, priceKnown }: Forecast): Line[] {
  const amounts = ({ usd, tokens }: Forecast["most"]) =>
    `${priceKnown ? formatUsd(usd) : UNKNOWN_COST}, ${plural(tokens, "token")}`;
  const basis = `  by ${plural(sample, "agent")} of this role and model that ended`;
  return factLines([
    fact("Agents", span(String(agents))),
    likely === null
      ? fact("Likely", span("no agent of this role and model has ended here yet", "dim"))
      : fact("Likely", span(amounts(likely)), span(basis, "dim")),
    fact(
      "High",
      span(high === null ? "" : amounts(high)),
      span(high === null ? "" : "  nine of ten stayed below", "dim"),
    ),
    fact("At the most", span(amounts(most)), span("  their budgets together", "dim")),
  ]);
}
