import { type Result, refuse } from "../base/errors.ts";
import { formatUsd, MICRO, parseUsd } from "../protocol/money.ts";

export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** `1 turn`, `5 turns`. */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

const MAX_BUDGET = 100_000 * MICRO;

/** What a person typed as a budget in dollars, as whole micro-dollars; a slip of the finger does not become a fortune. */
export function parseBudget(text: string): Result<number> {
  const parsed = parseUsd(text);
  if (!parsed.ok) return parsed;
  if (parsed.value === 0) return refuse("bad_input", "A budget is more than 0.");
  if (parsed.value > MAX_BUDGET) return refuse("bad_input", `A budget is at most ${formatUsd(MAX_BUDGET)}.`);
  return parsed;
}
