import { MICRO } from "../../protocol/money.ts";
import type { OwnPrice, OwnPrices } from "../../protocol/settings.ts";
import type { Price } from "./ledger.ts";
import { asOf, priceTable } from "./priceTable.ts";

/** Where a price is from: the table that ships, the user's settings, or made up for models that charge nothing. */
export type PriceSource = "table" | "yours" | "nominal";

export interface PriceEntry {
  /** `provider/model`; `provider/*` where all of a provider's models have one price. */
  readonly model: string;
  readonly price: Price;
  readonly source: PriceSource;
}

/** What models cost. */
export interface Prices {
  /** The day that the table is right for: `2026-11-12`. */
  readonly asOf: string;
  /** The price of `provider/model`, by its exact name; undefined where it is not known. */
  priceOf(model: string): Price | undefined;
  /** Every price there is: the table's in its order, the user's own in its place or behind it, the nominal last. */
  list(): readonly PriceEntry[];
}

/**
 * Nominal: `offline` and `script` models charge nothing. They are given a small price so that a budget works in
 * demos, tests and bug reports as it does with a model that costs money.
 */
const nominal: Price = { input: 100_000, output: 400_000, cacheRead: 10_000, cacheWrite: 125_000 };

const nominalProviders = ["offline", "script"];

export const isNominal = (model: string): boolean => nominalProviders.includes(model.slice(0, model.indexOf("/")));

/** Prices by the table and, before it, by the user's own. */
export function createPrices(own: OwnPrices = {}): Prices {
  const known = new Map<string, PriceEntry>();
  for (const [model, price] of Object.entries(priceTable)) known.set(model, { model, price, source: "table" });
  for (const [model, price] of Object.entries(own))
    known.set(model, { model, price: ownPrice(price), source: "yours" });
  return {
    asOf,
    priceOf: (model) => known.get(model)?.price ?? (isNominal(model) ? nominal : undefined),
    list: () => [...known.values(), ...nominalProviders.map(nominalEntry)],
  };
}

const nominalEntry = (provider: string): PriceEntry => ({ model: `${provider}/*`, price: nominal, source: "nominal" });

/** What providers ask of those who say nothing else: a tenth of the input's price to read the cache, twice to write it. */
const ownPrice = ({ input, output, cacheRead = input * 0.1, cacheWrite = input * 2 }: OwnPrice): Price => ({
  input: Math.round(input * MICRO),
  output: Math.round(output * MICRO),
  cacheRead: Math.round(cacheRead * MICRO),
  cacheWrite: Math.round(cacheWrite * MICRO),
});
