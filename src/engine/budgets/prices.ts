import type { Price } from "./ledger.ts";

/**
 * Nominal: `offline` and `script` models charge nothing. They are given a small price so that a budget works in
 * demos, tests and bug reports as it does with a model that costs money.
 */
const nominal: Price = { input: 100_000, output: 400_000, cacheRead: 10_000, cacheWrite: 125_000 };

const nominalProviders = ["offline", "script"];

export const isNominal = (model: string): boolean => nominalProviders.includes(model.slice(0, model.indexOf("/")));

/** The price of `provider/model`, by its exact name; undefined where it is not known. */
export const priceOf = (model: string): Price | undefined => (isNominal(model) ? nominal : undefined);
