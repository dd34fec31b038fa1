import type { Rates } from "../../engine/budgets/ledger.ts";
import type { PriceEntry, PriceSource } from "../../engine/budgets/prices.ts";
import { formatUsd } from "../../protocol/money.ts";
import { type Line, line, stacked } from "./line.ts";
import { left, right, table } from "./table.ts";
import { formatCount } from "./text.ts";

const tones = { table: "dim", yours: "cyan", nominal: "dim" } as const satisfies Record<PriceSource, string>;

/** Prices in dollars for a million tokens, one line for each model and each tier of it. */
export function priceLines(entries: readonly PriceEntry[], asOf: string): Line[] {
  const columns = [
    left("MODEL"),
    right("INPUT"),
    right("OUTPUT"),
    right("CACHE READ"),
    right("CACHE WRITE"),
    right("5M"),
    left("FROM"),
  ];
  return stacked(table(columns, entries.flatMap(rowsOf)), [
    line(`US dollars for a million tokens; the table is as of ${asOf}. Nothing is charged at nominal prices.`, "dim"),
  ]);
}

const rowsOf = ({ model, price, source }: PriceEntry): Line[][] => [
  [line(model), ...cells(price), line(source, tones[source])],
  ...(price.tiers ?? []).map((tier) => [line(`  above ${formatCount(tier.above)} tokens`, "dim"), ...cells(tier), []]),
];

const cells = ({ input, output, cacheRead, cacheWrite, cacheWrite5m }: Rates): Line[] =>
  [input, output, cacheRead, cacheWrite, cacheWrite5m ?? cacheWrite].map((price) => line(formatUsd(price)));
