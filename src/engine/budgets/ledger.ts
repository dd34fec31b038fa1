import type { Usage } from "../../protocol/transcript.ts";

/** What tokens cost, as micro-dollars for a million of each kind: 3 dollars are 3,000,000. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** At the dearest, where it depends on how long the cache is kept. */
  readonly cacheWrite: number;
  /** What is kept for five minutes only, where that is cheaper. */
  readonly cacheWrite5m?: number;
}

/** Rates of a call whose whole input, with what is read from and written to the cache, is more tokens than `above`. */
export interface Tier extends Rates {
  readonly above: number;
}

/** What a model's tokens cost; a tier counts for all tokens of a call, output too. */
export interface Price extends Rates {
  readonly tiers?: readonly Tier[];
}

/** An amount in each unit: whole micro-dollars and whole tokens. */
export interface Amounts {
  readonly usd: number;
  readonly tokens: number;
}

const PRICE_UNIT = 1_000_000;

/** What a call cost, rounded up to a whole micro-dollar; null where the price is unknown. */
export function costOf(usage: Usage, price: Price | undefined): number | null {
  if (price === undefined) return null;
  const rates = ratesFor(inputOf(usage), price);
  const kept5m = Math.min(usage.cacheWrite5mTokens ?? 0, usage.cacheWriteTokens);
  const scaled =
    usage.inputTokens * rates.input +
    usage.outputTokens * rates.output +
    usage.cacheReadTokens * rates.cacheRead +
    (usage.cacheWriteTokens - kept5m) * rates.cacheWrite +
    kept5m * (rates.cacheWrite5m ?? rates.cacheWrite);
  return Math.ceil(scaled / PRICE_UNIT);
}

const inputOf = (usage: Usage): number => usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;

export const tokensOf = (usage: Usage): number => inputOf(usage) + usage.outputTokens;

/** The rates of a call with this much input: those of the highest tier that it is above. */
const ratesFor = (inputTokens: number, price: Price): Rates =>
  reachable(inputTokens, price).reduce((highest, tier) => (tier.above >= highest.above ? tier : highest));

/** All rates that a call of at most this much input may come under. */
const reachable = (inputTokens: number, price: Price): readonly [Tier, ...Tier[]] => [
  { ...price, above: 0 },
  ...(price.tiers ?? []).filter(({ above }) => inputTokens > above),
];

/**
 * The most a call can come to: all input at the dearest price that input may have, and all the output it may write, by
 * whichever rates are dearest together. A call may turn out shorter than it was counted, and so below a tier.
 */
export function worstCase(inputTokens: number, maxOutputTokens: number, price: Price | undefined): Amounts {
  const tokens = inputTokens + maxOutputTokens;
  if (price === undefined) return { usd: 0, tokens };
  const scaled = reachable(inputTokens, price).map(
    (rates) => inputTokens * dearestInput(rates) + maxOutputTokens * rates.output,
  );
  return { usd: Math.ceil(Math.max(...scaled) / PRICE_UNIT), tokens };
}

const dearestInput = ({ input, cacheRead, cacheWrite, cacheWrite5m = 0 }: Rates): number =>
  Math.max(input, cacheRead, cacheWrite, cacheWrite5m);

/** How a charge is booked against its hold: what the hold covers is used, what goes beyond stands apart. */
export function settlement(held: number, charged: number): { readonly used: number; readonly overrun: number } {
  const used = Math.min(held, charged);
  return { used, overrun: charged - used };
}

/** What a child gets when nobody said: the parent keeps one share for itself and for each child it may still have. */
export const equalShare = (free: number, childrenToCome: number): number =>
  Math.floor(free / (Math.max(childrenToCome, 0) + 1));

/**
 * By how much each agent on the way down to one must be raised, so that the last one gets `amount` more: `free` is what
 * those above it have left, topmost first. Each gives what it has, and takes what it lacks from the one above it; what
 * the topmost one lacks comes first.
 */
export function raisesAlong(free: readonly number[], amount: number): readonly number[] {
  const raises = [amount];
  for (const left of free.toReversed()) raises.unshift(Math.max(0, (raises[0] ?? 0) - left));
  return raises;
}

/** Percentages that were reached, of those that are to be told. */
export const percentsReached = (used: number, allocated: number, alertsAt: readonly number[]): readonly number[] =>
  alertsAt.filter((percent) => allocated > 0 && used * 100 >= allocated * percent);
