import { z } from "zod";
import { parseUsd } from "../../protocol/money.ts";

/** Micro-dollars from what a model writes as dollars. */
export const usdInput = z.union([z.string(), z.number()]).transform((amount, context) => {
  const parsed = parseUsd(amount);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom", message: parsed.refusal.message });
  return z.NEVER;
});
