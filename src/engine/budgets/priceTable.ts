import type { Price, Rates } from "./ledger.ts";

/**
 * Prices of models, by their exact names at the provider: what is not documented is not here. Standard service of the
 * Claude API, global routing; batches, fast mode and US-only inference have other prices and are not asked for.
 *
 * Sources: https://platform.claude.com/docs/en/about-claude/pricing (the table of models, prompt caching), the models'
 * own pages below https://platform.claude.com/docs/en/models (Haiku 5.5 and its two bands, Sonnet 5.5, Opus 5.5),
 * https://platform.claude.com/docs/en/release-notes/overview up to the date below (Fable 5.2), and
 * https://platform.claude.com/docs/en/about-claude/models/model-ids-and-versions (names, dated and as aliases).
 */
export const asOf = "2026-11-12";

/** Dollars for a million tokens, in the columns of the source. */
const dollars = (
  input: number,
  cacheWrite5m: number,
  cacheWrite1h: number,
  cacheRead: number,
  output: number,
): Rates => ({
  input: microDollars(input),
  output: microDollars(output),
  cacheRead: microDollars(cacheRead),
  cacheWrite: microDollars(cacheWrite1h),
  cacheWrite5m: microDollars(cacheWrite5m),
});

const microDollars = (amount: number): number => Math.round(amount * 1_000_000);

const opus5 = dollars(5, 6.25, 10, 0.5, 25);
const opus4 = dollars(15, 18.75, 30, 1.5, 75);
const sonnet4 = dollars(3, 3.75, 6, 0.3, 15);
const fable51 = dollars(10, 12.5, 20, 0.25, 50);
const fable5 = dollars(10, 12.5, 20, 1, 50);
const haiku55: Price = {
  ...dollars(0.1, 0.125, 0.2, 0.01, 0.5),
  tiers: [{ above: 100_000, ...dollars(0.5, 0.625, 1, 0.05, 2.5) }],
};

/** By `provider/model`; an alias stands beside the name that it is for. */
export const priceTable: Readonly<Record<string, Price>> = {
  "anthropic/claude-fable-5-2": dollars(8, 10, 16, 0.2, 40),
  "anthropic/claude-fable-5-1": fable51,
  "anthropic/claude-fable-5": fable5,
  "anthropic/claude-mythos-5-1": fable51,
  "anthropic/claude-mythos-5": fable5,
  "anthropic/claude-opus-5-5": dollars(4, 5, 8, 0.2, 20),
  "anthropic/claude-opus-5": opus5,
  "anthropic/claude-opus-4-8": opus5,
  "anthropic/claude-opus-4-7": opus5,
  "anthropic/claude-opus-4-6": opus5,
  "anthropic/claude-opus-4-5": opus5,
  "anthropic/claude-opus-4-5-20251101": opus5,
  "anthropic/claude-opus-4-1": opus4,
  "anthropic/claude-opus-4-1-20250805": opus4,
  "anthropic/claude-opus-4-0": opus4,
  "anthropic/claude-opus-4-20250514": opus4,
  "anthropic/claude-sonnet-5-5": dollars(2, 2.5, 4, 0.1, 10),
  "anthropic/claude-sonnet-5": dollars(2, 2.5, 4, 0.2, 10),
  "anthropic/claude-sonnet-4-6": sonnet4,
  "anthropic/claude-sonnet-4-5": sonnet4,
  "anthropic/claude-sonnet-4-5-20250929": sonnet4,
  "anthropic/claude-sonnet-4-0": sonnet4,
  "anthropic/claude-sonnet-4-20250514": sonnet4,
  "anthropic/claude-haiku-5-5": haiku55,
  "anthropic/claude-haiku-4-5": dollars(1, 1.25, 2, 0.1, 5),
  "anthropic/claude-haiku-4-5-20251001": dollars(1, 1.25, 2, 0.1, 5),
  "anthropic/claude-3-5-haiku-latest": dollars(0.8, 1, 1.6, 0.08, 4),
  "anthropic/claude-3-5-haiku-20241022": dollars(0.8, 1, 1.6, 0.08, 4),
};
