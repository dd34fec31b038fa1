import { formatUsd, parseUsd } from "../protocol/money.ts";
import type { AgentTreeRow, BudgetRecord } from "../protocol/records.ts";
import type { BudgetUnit } from "../protocol/words.ts";
import type { Calls } from "./calls.ts";

/** An agent that only the user can get going. */
export interface Need {
  readonly agent: AgentTreeRow;
  /** What names it in a command. */
  readonly word: string;
  /** Its own. */
  readonly budget: readonly BudgetRecord[];
}

/** What each agent waits for, one line each, then the commands that let all go on, in order. */
export function needsLines(needs: readonly Need[], calls: Calls): string[] {
  const paused = new Set(needs.filter(({ agent }) => agent.status === "paused").map(({ agent }) => agent.id));
  const commands = needs.flatMap((need) => commandFor(need, paused) ?? []);
  const all = [...commands, "resume"].map((command) => calls.banyan(command));
  return [
    ...needs.map(({ agent }) => `${agent.name} ${waitOf(agent)}`),
    ...all.map((command, index) => `${index === 0 ? "Go on with" : "then with"}: ${command}`),
  ];
}

function waitOf({ status, waitingFor, reason }: AgentTreeRow): string {
  const because = reason === null ? "" : `: ${reason}`;
  if (status === "paused") return reason?.startsWith("paused ") ? `is ${reason}` : `is paused${because}`;
  switch (waitingFor) {
    case "budget":
      return `waits for budget${because}`;
    case "provider":
      return `waits for its model${because}`;
    case "message":
      return "waits for a message, and nobody at work could send one";
    default:
      return `waits for you${because}`;
  }
}

/** Undefined where no command of the terminal gives it what it waits for, or that of an agent above does. */
function commandFor({ agent, word, budget }: Need, paused: ReadonlySet<string>): string | undefined {
  if (agent.status === "paused") {
    return agent.parentId !== null && paused.has(agent.parentId) ? undefined : `resume ${word}`;
  }
  if (agent.waitingFor === "message") return `send ${word} TEXT`;
  const amount = agent.waitingFor === "budget" ? raiseFor(agent.reason ?? "", budget) : undefined;
  return amount === undefined ? undefined : `raise ${word} ${amount}`;
}

const refusedCall = /may take (?:\$(?<dollars>[\d.]+)|(?<tokens>\d+) tokens), left of it/;

/**
 * The amount to raise a budget by that was too small for a call: as much again as it was given, or what the call may take
 * where that is more. Undefined where something else is missing, such as room under the user's cap.
 */
export function raiseFor(reason: string, budget: readonly BudgetRecord[]): string | undefined {
  const { dollars, tokens } = refusedCall.exec(reason)?.groups ?? {};
  const given = (unit: BudgetUnit) => budget.find((each) => each.unit === unit)?.allocated ?? 0;
  if (tokens !== undefined) return `--tokens ${roundUp(Math.max(given("tokens"), Number(tokens)))}`;
  if (dollars === undefined) return undefined;
  const cost = parseUsd(dollars);
  return formatUsd(roundUp(Math.max(given("usd"), cost.ok ? cost.value : 0))).slice(1);
}

/** The next number of the form 1, 2 or 5 followed by zeros. */
function roundUp(amount: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, amount)));
  return [1, 2, 5, 10].map((step) => step * power).find((each) => each >= amount) ?? amount;
}
