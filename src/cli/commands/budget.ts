import { ok, type Result } from "../../base/errors.ts";
import type { Backend } from "../../engine/remote/backend.ts";
import type { AgentTreeRow, BudgetEntry, BudgetRecord, TurnRecord } from "../../protocol/records.ts";
import { budgetUnits } from "../../protocol/words.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { balanceLines, ledgerLines } from "../render/budget.ts";
import { line, stacked } from "../render/line.ts";
import { type NameOf, namesOf } from "../render/messages.ts";
import { reading } from "../session.ts";

export const budgetCommand = defineCommand({
  name: "budget",
  summary: "Show what agents may spend and have spent; of one agent its ledger too",
  details: [
    "USED counts an agent's own calls and what its ended children used; OWN its calls alone. RESERVED is what is set\naside for calls under way and open children.",
    "--json prints an array of balances; with AGENT an object with balances and ledger. Money is in micro-dollars.",
  ],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: {},
  flags: {},
  async run(input, context) {
    const { terminal } = context;
    const agent = input.optional("agent");
    const found = await reading(context, (engine) => readBooks(engine, agent));
    if (!found.ok) return found;
    const { balances, ledger, rows, turns } = found.value;
    if (context.json) terminal.json(agent === undefined ? balances : { balances, ledger });
    else if (balances.length === 0) terminal.print(line("No budgets yet"));
    else {
      const entries = agent === undefined ? [] : ledgerLines(ledger, referenceNames(rows, turns));
      terminal.print(...stacked(balanceLines(inTreeOrder(balances, rows), namesOf(rows), rows), entries));
    }
    return ok(0);
  },
});

interface Books {
  readonly balances: readonly BudgetRecord[];
  /** Of one agent; empty where none was named. */
  readonly ledger: readonly BudgetEntry[];
  readonly rows: readonly AgentTreeRow[];
  /** Of the same agent. */
  readonly turns: readonly TurnRecord[];
}

async function readBooks(engine: Backend, agent: string | undefined): Promise<Result<Books>> {
  const balances = await engine.budgets.list(agent);
  if (!balances.ok) return balances;
  const books = { balances: balances.value, rows: await engine.agents.tree() };
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

/** What an entry refers to: a turn of the agent, or another agent. */
function referenceNames(rows: readonly AgentTreeRow[], turns: readonly TurnRecord[]): NameOf {
  const numbers = new Map(turns.map(({ id, number }) => [id, `turn ${number}`]));
  const nameOf = namesOf(rows);
  return (id) => (id === null ? "" : (numbers.get(id) ?? nameOf(id)));
}
