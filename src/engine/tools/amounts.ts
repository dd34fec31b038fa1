import { z } from "zod";
import { MICRO, parseUsd } from "../../protocol/money.ts";

/** As a plain decimal of whole micro-dollars. */
const roundedDown = (usd: number): string => (Math.floor(usd * MICRO + ROUNDING) / MICRO).toFixed(6);
/** What a double may be off by after a multiplication, in micro-dollars. */
const ROUNDING = 1e-6;

/** Micro-dollars from what a model writes as dollars; what it computed is rounded down to whole ones. */
export const usdInput = z.union([z.string(), z.number()]).transform((amount, context) => {
  const parsed = parseUsd(typeof amount === "number" && amount >= 0 ? roundedDown(amount) : amount);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom", message: parsed.refusal.message });
  return z.NEVER;
});
