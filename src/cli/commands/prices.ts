import { ok } from "../../base/errors.ts";
import { createPrices, type PriceEntry } from "../../engine/budgets/prices.ts";
import { defineCommand } from "../command.ts";
import { priceLines } from "../render/prices.ts";

export const pricesCommand = defineCommand({
  name: "prices",
  summary: "Show what models cost, as of which day, and which prices are your own",
  details: [
    "Dollars for a million tokens. A line below a model counts for calls with more input than that. A hold takes the\ndearest; what is written to the cache costs less where it is kept for five minutes only (5M).",
    "Your own prices stand in the setting banyan.prices and come before the table's. The cost of a model without a price\nis unknown, and its tokens alone are limited.",
    "--json prints an object with asOf and prices. Money is in micro-dollars for a million tokens.",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, { terminal, json, settings }) {
    const found = await settings();
    if (!found.ok) return found;
    const prices = createPrices(found.value.values["banyan.prices"]);
    if (json) terminal.json({ asOf: prices.asOf, prices: prices.list().map(entryJson) });
    else terminal.print(...priceLines(prices.list(), prices.asOf));
    return ok(0);
  },
});

const entryJson = ({ model, source, price }: PriceEntry) => ({ model, source, ...price });
