import type { Usage } from "../../protocol/transcript.ts";

/** Dollars a model's tokens cost, as micro-dollars for a million tokens of each kind: 3 dollars are 3,000,000. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
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
  const scaled =
    usage.inputTokens * price.input +
    usage.outputTokens * price.output +
    usage.cacheReadTokens * price.cacheRead +
    usage.cacheWriteTokens * price.cacheWrite;
  return Math.ceil(scaled / PRICE_UNIT);
}

export const tokensOf = (usage: Usage): number =>
  usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;

/** The most a call can come to: all input at the dearest input price, and all the output it may write. */
export function worstCase(inputTokens: number, maxOutputTokens: number, price: Price | undefined): Amounts {
  const tokens = inputTokens + maxOutputTokens;
  if (price === undefined) return { usd: 0, tokens };
  const dearestInput = Math.max(price.input, price.cacheRead, price.cacheWrite);
  return { usd: Math.ceil((inputTokens * dearestInput + maxOutputTokens * price.output) / PRICE_UNIT), tokens };
}

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
