import { ok, type Result, refuse } from "../base/errors.ts";
import { formatUsd, MICRO } from "../protocol/money.ts";
import type { AgentTreeRow, BudgetRecord } from "../protocol/records.ts";
import { budgetWaitOf } from "./budgetWait.ts";
import { formatCount, parseBudget } from "./figures.ts";

/** By how much a budget is raised: micro-dollars, or tokens. */
export type RaiseAmount = { readonly usd: number } | { readonly tokens: number };

const TOKENS = /^(?<count>\d[\d,]*)\s*tokens?$/i;
const CENT = MICRO / 100;
const MAX_TOKENS = 1_000_000_000_000;

/** What a person typed: dollars, or tokens where the word follows. */
export function parseRaise(text: string): Result<RaiseAmount> {
  const count = TOKENS.exec(text.trim())?.groups?.count;
  if (count === undefined) {
    const usd = parseBudget(text);
    return usd.ok ? ok({ usd: usd.value }) : usd;
  }
  const tokens = Number(count.replaceAll(",", ""));
  if (tokens === 0) return refuse("bad_input", "A budget is more than 0.");
  if (tokens > MAX_TOKENS) return refuse("bad_input", `A budget is at most ${formatCount(MAX_TOKENS)} tokens.`);
  return ok({ tokens });
}

export interface RaiseQuestion {
  readonly prompt: string;
  /** What is offered: as much again, or what is missing where that is more, in whole cents. */
  readonly value: string;
}

/** Says what an agent has and what is left of it, of the unit that it waits for, else of dollars. */
export function raiseQuestion(row: AgentTreeRow, budgets: readonly BudgetRecord[]): RaiseQuestion {
  const wait = budgetWaitOf(row);
  const lacking = wait?.kind === "budget" ? wait : undefined;
  const unit = lacking?.unit ?? "usd";
  const budget = budgets.find((each) => each.unit === unit);
  const allocated = budget?.allocated ?? 0;
  const left = budget === undefined ? 0 : allocated - budget.used - budget.reserved;
  const show = unit === "usd" ? formatUsd : (count: number) => `${formatCount(count)} tokens`;
  const sentences = [
    `“${row.name}” has ${show(allocated)}, ${show(left)} of it left.`,
    ...(lacking === undefined ? [] : [`Its next model call may take ${show(lacking.needed)}.`]),
    "How many US dollars more? For tokens, write for example 50000 tokens.",
    ...(row.parentId === null ? [] : ["It is taken from what the agents above it have left; you give what they lack."]),
  ];
  const offered = Math.max(allocated, lacking === undefined ? 0 : lacking.needed - left);
  const value = unit === "usd" ? formatUsd(Math.ceil(offered / CENT) * CENT).slice(1) : `${offered} tokens`;
  return { prompt: sentences.join(" "), value };
}
