import { ok, type Result } from "../../base/errors.ts";
import type { Backend } from "../../engine/remote/backend.ts";
import type { AgentTreeRow, BudgetEntry, BudgetRecord, SpendingRecord, TurnRecord } from "../../protocol/records.ts";
import { budgetUnits } from "../../protocol/words.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { balanceLines, ledgerLines, spentLines } from "../render/budget.ts";
import { type Line, line, stacked } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { nominalLines } from "../render/team.ts";
import { reading, readingOr } from "../session.ts";

export const budgetCommand = defineCommand({
  name: "budget",
  summary: "Show what agents may spend and have spent; of one agent its ledger too",
  details: [
    "USED counts an agent's own calls and what its ended children used; OWN its calls alone. RESERVED is what is set\naside for calls under way and open children. OVERRUN is what a provider charged beyond a hold, UNCONFIRMED the holds\nof calls that were cut off, whose cost nobody knows; both are shown where there is any. A narrow terminal leaves\ncolumns out.",
    "Below stands what all teams spent today and this month, beside your caps; calls under way count at their worst case.",
    "--json prints an array of balances; with AGENT an object with balances, ledger and spending. Money is in\nmicro-dollars.",
  ],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: {},
  flags: {},
  async run(input, context) {
    const { terminal } = context;
    const agent = input.optional("agent");
    const read = (engine: Backend) => readBooks(engine, agent);
    const found = await (agent === undefined ? readingOr(context, null, read) : reading(context, read));
    if (!found.ok) return found;
    const { balances = [], ledger, spending } = found.value ?? {};
    if (context.json) terminal.json(agent === undefined ? balances : { balances, ledger, spending });
    else if (found.value === null) terminal.print(line(NONE));
    else if (balances.length === 0) terminal.print(line(NONE), ...stacked(spentLines(found.value.spending)));
    else terminal.print(...bookLines(found.value, terminal.width()));
    return ok(0);
  },
});

const NONE = "No budgets yet";

interface Books {
  readonly balances: readonly BudgetRecord[];
  /** Of one agent; empty where none was named. */
  readonly ledger: readonly BudgetEntry[];
  readonly rows: readonly AgentTreeRow[];
  readonly spending: SpendingRecord;
  /** Of the same agent. */
  readonly turns: readonly TurnRecord[];
}

function bookLines({ balances, ledger, rows, turns, spending }: Books, width: number): Line[] {
  const entries = ledger.length === 0 ? [] : ledgerLines(ledger, referenceNames(rows, turns), { width });
  const below = [...spentLines(spending), ...nominalLines(rows)];
  return stacked(balanceLines(inTreeOrder(balances, rows), namesOf(rows), { width, agents: rows }), entries, below);
}

async function readBooks(engine: Backend, agent: string | undefined): Promise<Result<Books>> {
  const balances = await engine.budgets.list(agent);
  if (!balances.ok) return balances;
  const books = {
    balances: balances.value,
    rows: await engine.agents.tree(),
    spending: await engine.budgets.spending(),
  };
  if (agent === undefined) return ok({ ...books, ledger: [], turns: [] });
  const ledger = await engine.budgets.ledger(agent);
  if (!ledger.ok) return ledger;
  const turns = await engine.agents.turns(agent);
  return turns.ok ? ok({ ...books, ledger: ledger.value, turns: turns.value }) : turns;
}

/** By agent as in the tree, dollars first. */
function inTreeOrder(balances: readonly BudgetRecord[], rows: readonly AgentTreeRow[]): BudgetRecord[] {
  const places = new Map(rows.map(({ id }, index) => [id, index]));
  const placeOf = ({ agentId, unit }: BudgetRecord) =>
    (places.get(agentId) ?? rows.length) * budgetUnits.length + budgetUnits.indexOf(unit);
  return [...balances].sort((a, b) => placeOf(a) - placeOf(b));
}

/** What an entry refers to: a turn of the agent, another agent, or whoever raised the budget. */
function referenceNames(rows: readonly AgentTreeRow[], turns: readonly TurnRecord[]): (reference: string) => string {
  const names = new Map([
    ...turns.map(({ id, number }) => [id, `turn ${number}`] as const),
    ...rows.map(({ id, name }) => [id, name] as const),
  ]);
  return (reference) => names.get(reference) ?? (reference.startsWith("user/") ? "you" : "an agent above");
}
