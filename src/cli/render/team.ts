import { isNominal } from "../../engine/budgets/prices.ts";
import { UNKNOWN_COST } from "../../protocol/money.ts";
import type { AgentRecord, AgentTreeRow, BudgetRecord, WorkDiff } from "../../protocol/records.ts";
import { budgetUnits } from "../../protocol/words.ts";
import type { Calls } from "../calls.ts";
import { amountIn, formatAmount } from "./budget.ts";
import { statSum } from "./diff.ts";
import { fact, factLines } from "./facts.ts";
import { emptyLine, type Line, line, lines, span } from "./line.ts";
import { plural } from "./text.ts";
import { treeLines } from "./tree.ts";

/** An agent that was at work, and its team. */
export interface TeamReport {
  readonly agent: AgentRecord;
  /** All of the team, depth first. */
  readonly agents: readonly AgentTreeRow[];
  /** Of the agent. */
  readonly budget: readonly BudgetRecord[];
  /** What the agent changed; null where that can't be told. */
  readonly diff: WorkDiff | null;
}

/** What a root's budget was used for and what is left, one line for each unit. */
export function spendingLines(budget: readonly BudgetRecord[], rows: readonly AgentTreeRow[]): Line[] {
  const dollarsFirst = budgetUnits.flatMap((unit) => budget.filter((each) => each.unit === unit));
  const told = dollarsFirst.map(({ unit, allocated, used, reserved }) => {
    const amount = (count: number) => formatAmount(count, unit);
    const aside = reserved === 0 ? "" : `, ${amount(reserved)} set aside`;
    const left = allocated - used - reserved;
    return line(`${amount(used)} of ${amountIn(allocated, unit)} used${aside}, ${amount(left)} left`);
  });
  const unpriced = [...new Set(rows.filter(({ figures }) => !figures.costKnown).map(({ model }) => model))];
  return [
    ...told,
    ...nominalLines(rows),
    ...note(unpriced, (models) => `${models}: ${UNKNOWN_COST}, no price is known; tokens alone were limited.`),
  ];
}

const MOST_MODELS = 3;

/** Which of the models that were at work charge nothing. */
export function nominalLines(rows: readonly AgentTreeRow[]): Line[] {
  const nominal = [...new Set(rows.map(({ model }) => model).filter(isNominal))];
  return note(nominal, (models) => `Prices of ${models} are nominal: nothing was charged for it.`);
}

const note = (models: readonly string[], say: (models: string) => string): Line[] =>
  models.length === 0
    ? []
    : [line(say(models.length > MOST_MODELS ? plural(models.length, "model") : models.join(", ")), "dim")];

/** What `spawn` shows when the team has ended. `word` names the root in the commands that are suggested. */
export function teamReportLines(report: TeamReport, word: string, calls: Calls, width?: number): Line[] {
  const { agent, agents, budget, diff } = report;
  const facts = factLines([
    { title: "Result", value: agent.result === null ? [] : lines(agent.result.summary.trim()) },
    { title: "Changes", value: diff === null ? [] : [statSum(diff)] },
    { title: "Budget", value: spendingLines(budget, agents) },
  ]);
  return [
    ...treeLines(agents, { ids: false, frame: null, ...(width === undefined ? {} : { width }) }),
    emptyLine,
    ...facts,
    ...(agent.status === "completed" && diff !== null && diff.files.length > 0
      ? [emptyLine, ...nextLines(agent, word, calls)]
      : []),
  ];
}

/** How to look at an agent's work and take it: what is not a root's is for the agent above to merge. */
export const nextLines = ({ parentId }: Pick<AgentRecord, "parentId">, word: string, calls: Calls): Line[] =>
  factLines([
    fact("See it", span(calls.banyan(`diff ${word}`), "cyan")),
    ...(parentId === null ? [fact("Merge it", span(calls.banyan(`merge ${word}`), "cyan"))] : []),
  ]);
