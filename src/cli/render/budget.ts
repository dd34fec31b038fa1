import { formatCost, formatUsd } from "../../protocol/money.ts";
import type { AgentTreeRow, BudgetEntry, BudgetRecord } from "../../protocol/records.ts";
import type { BudgetUnit } from "../../protocol/words.ts";
import { type Line, line } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { left, right, table } from "./table.ts";
import { formatCount, formatInstant } from "./text.ts";

/** An amount in its unit: `$1.50`, `12,000`. */
export const formatAmount = (amount: number, unit: BudgetUnit): string =>
  unit === "usd" ? formatUsd(amount) : formatCount(amount);

/** As `formatAmount`, with a sign; nothing for no change. */
export const formatChange = (amount: number, unit: BudgetUnit): string =>
  amount === 0 ? "" : `${amount > 0 ? "+" : ""}${formatAmount(amount, unit)}`;

/** What may still be spent. */
export const freeOf = ({ allocated, used, reserved }: BudgetRecord): number => allocated - used - reserved;

/**
 * Balances, one line for each agent and unit. `used` counts closed children too, `own` the agent's calls alone. `agents`
 * say whose cost is not known.
 */
export function balanceLines(
  balances: readonly BudgetRecord[],
  nameOf: NameOf,
  agents: readonly AgentTreeRow[],
): Line[] {
  const figures = new Map(agents.map((agent) => [agent.id, agent.figures]));
  const overrun = balances.some((balance) => balance.overrun !== 0);
  const columns = [
    left("AGENT"),
    left("UNIT"),
    right("ALLOCATED"),
    right("USED"),
    right("RESERVED"),
    right("FREE"),
    right("OWN"),
    ...(overrun ? [right("OVERRUN")] : []),
    left("STATE"),
  ];
  return table(
    columns,
    balances.map((balance) => balanceRow(balance, nameOf, overrun, figures.get(balance.agentId))),
  );
}

function balanceRow(
  balance: BudgetRecord,
  nameOf: NameOf,
  overrun: boolean,
  figures: AgentTreeRow["figures"] | undefined,
): Line[] {
  const amount = (count: number, isKnown = true) => {
    const text = balance.unit === "usd" ? formatCost(count, isKnown) : formatCount(count);
    return line(text, count === 0 ? "dim" : null);
  };
  return [
    line(nameOf(balance.agentId)),
    line(balance.unit),
    amount(balance.allocated),
    amount(balance.used, figures?.subtreeCostKnown),
    amount(balance.reserved),
    amount(freeOf(balance)),
    amount(balance.ownUsed, figures?.costKnown),
    ...(overrun ? [line(formatAmount(balance.overrun, balance.unit), balance.overrun === 0 ? "dim" : "red")] : []),
    line(balance.state, balance.state === "closed" ? "dim" : "green"),
  ];
}

/** The ledger of one agent: what each entry changed. A reference that is an agent's id is shown by its name. */
export function ledgerLines(entries: readonly BudgetEntry[], nameOf: NameOf, timeZone?: string): Line[] {
  const rows = entries.map((entry) => [
    line(formatInstant(entry.at, timeZone), "dim"),
    line(entry.change.replaceAll("_", " ")),
    line(entry.unit),
    ...[entry.allocated, entry.reserved, entry.used, entry.ownUsed].map((change) =>
      line(formatChange(change, entry.unit), change < 0 ? "green" : null),
    ),
    line(entry.reference === null ? "" : nameOf(entry.reference), "dim"),
  ]);
  return table(
    [
      left("TIME"),
      left("CHANGE"),
      left("UNIT"),
      right("ALLOCATED"),
      right("RESERVED"),
      right("USED"),
      right("OWN"),
      left("FOR"),
    ],
    rows,
  );
}
