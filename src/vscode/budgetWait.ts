import { parseUsd } from "../protocol/money.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import type { BudgetUnit } from "../protocol/words.ts";

/** What an agent that waits for budget lacks: room under a cap of the user's, or so much of its own budget. */
export type BudgetWait =
  | { readonly kind: "cap"; readonly cap: string }
  | { readonly kind: "budget"; readonly unit: BudgetUnit; readonly needed: number; readonly left: number }
  /** Its reason is not one of the sentences that are known here. */
  | { readonly kind: "unknown" };

const CAP = /^Your cap of (?<cap>.+? a (?:day|month)) /;
const OWN = /a model call may take (?<needed>\S+?)(?<tokens> tokens)?, left of it: (?<left>\S+?)(?: tokens)?\.$/;

/** Read from the engine's sentence: the record of an agent has no other word of it. Micro-dollars or tokens. */
export function readWait(reason: string | null): BudgetWait {
  const cap = CAP.exec(reason ?? "")?.groups?.cap;
  if (cap !== undefined) return { kind: "cap", cap };
  const { needed, left, tokens } = OWN.exec(reason ?? "")?.groups ?? {};
  if (needed === undefined || left === undefined) return { kind: "unknown" };
  if (tokens !== undefined) return { kind: "budget", unit: "tokens", needed: Number(needed), left: Number(left) };
  const [takes, has] = [parseUsd(needed), parseUsd(left)];
  if (!takes.ok || !has.ok) return { kind: "unknown" };
  return { kind: "budget", unit: "usd", needed: takes.value, left: has.value };
}

/** What an agent waits for; undefined where that isn't budget. */
export const budgetWaitOf = (row: Pick<AgentTreeRow, "waitingFor" | "reason">): BudgetWait | undefined =>
  row.waitingFor === "budget" ? readWait(row.reason) : undefined;
