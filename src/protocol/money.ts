import { ok, type Result, refuse } from "../base/errors.ts";

/** Micro-dollars in a dollar. */
export const MICRO = 1_000_000;
const DECIMALS = 6;

/**
 * Dollars as a person or a model writes them, to whole micro-dollars, exactly: `"2.50"`, `"$2.5"`, `0.25`. Refuses what
 * is negative, no plain decimal number, finer than a micro-dollar or too large to be counted exactly.
 */
export function parseUsd(amount: string | number): Result<number> {
  const text = String(amount).trim();
  const match = /^\$?(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) {
    return refuse("bad_input", `"${text}" is no amount of dollars: write a plain decimal such as 2.50, not negative.`);
  }
  const [, whole = "", fraction = ""] = match;
  if (fraction.length > DECIMALS) {
    return refuse("bad_input", `"${text}" is finer than a micro-dollar: at most ${DECIMALS} decimals.`);
  }
  const micro = Number(`${whole}${fraction.padEnd(DECIMALS, "0")}`);
  if (!Number.isSafeInteger(micro)) return refuse("bad_input", `"${text}" is too large to be counted exactly.`);
  return ok(micro);
}

/** What a person reads where a model has no price. */
export const UNKNOWN_COST = "cost unknown";

/** A cost in micro-dollars; one that is not fully `known` says so, and what is known of it. */
export function formatCost(micro: number, known: boolean): string {
  if (known) return formatUsd(micro);
  return micro === 0 ? UNKNOWN_COST : `at least ${formatUsd(micro)}`;
}

/** Whole micro-dollars as dollars with two to six decimals: `$2.50`, `$0.000125`, `-$1.00`. */
export function formatUsd(micro: number): string {
  const digits = String(Math.abs(micro)).padStart(DECIMALS + 1, "0");
  const whole = digits.slice(0, -DECIMALS);
  const fraction = digits.slice(-DECIMALS).replace(/0{1,4}$/, "");
  return `${micro < 0 ? "-" : ""}$${whole}.${fraction}`;
}
