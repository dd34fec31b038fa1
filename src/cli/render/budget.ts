import { formatCost, formatUsd } from "../../protocol/money.ts";
import type { AgentTreeRow, BudgetEntry, BudgetRecord, SpendingRecord } from "../../protocol/records.ts";
import type { BudgetUnit } from "../../protocol/words.ts";
import { fact, factLines } from "./facts.ts";
import { type Line, line, span } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { elastic, left, pliable, right, spare, table } from "./table.ts";
import { formatCount, formatInstant, plural } from "./text.ts";

/** An amount in its unit: `$1.50`, `12,000`. */
export const formatAmount = (amount: number, unit: BudgetUnit): string =>
  unit === "usd" ? formatUsd(amount) : formatCount(amount);

/** As `formatAmount`, with the unit's name where that would be missed: `12,000 tokens`. */
export const amountIn = (amount: number, unit: BudgetUnit): string =>
  unit === "usd" ? formatUsd(amount) : plural(amount, "token");

/** As `formatAmount`, with a sign; nothing for no change. */
export const formatChange = (amount: number, unit: BudgetUnit): string =>
  amount === 0 ? "" : `${amount > 0 ? "+" : ""}${formatAmount(amount, unit)}`;

/** What may still be spent. */
export const freeOf = ({ allocated, used, reserved }: BudgetRecord): number => allocated - used - reserved;

/** What stands apart from the other columns, and is shown where there is any. */
const apart = [
  { title: "OVERRUN", of: ({ overrun }: BudgetRecord) => overrun, tone: "red" },
  { title: "UNCONFIRMED", of: ({ unconfirmed }: BudgetRecord) => unconfirmed, tone: "yellow" },
] as const;

export interface BalanceLook {
  /** Columns of the terminal. */
  readonly width?: number | undefined;
  /** They say whose cost is not known. */
  readonly agents?: readonly AgentTreeRow[];
}

/** Balances, one line for each agent and unit. `used` counts closed children too, `own` the agent's calls alone. */
export function balanceLines(balances: readonly BudgetRecord[], nameOf: NameOf, look: BalanceLook = {}): Line[] {
  const figures = new Map((look.agents ?? []).map((agent) => [agent.id, agent.figures]));
  const shown = apart.filter(({ of }) => balances.some((balance) => of(balance) !== 0));
  const columns = [
    pliable(12, left("AGENT")),
    left("UNIT"),
    spare(0, right("ALLOCATED")),
    spare(1, right("USED")),
    spare(2, right("RESERVED")),
    right("FREE"),
    spare(4, right("OWN")),
    ...shown.map(({ title }) => right(title)),
    spare(3, left("STATE")),
  ];
  return table(
    columns,
    balances.map((balance) => balanceRow(balance, nameOf, shown, figures.get(balance.agentId))),
    look.width,
  );
}

function balanceRow(
  balance: BudgetRecord,
  nameOf: NameOf,
  shown: readonly (typeof apart)[number][],
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
    balance.state === "closed" ? line("") : amount(freeOf(balance)),
    amount(balance.ownUsed, figures?.costKnown),
    ...shown.map(({ of, tone }) => line(formatAmount(of(balance), balance.unit), of(balance) === 0 ? "dim" : tone)),
    line(balance.state, balance.state === "closed" ? "dim" : "green"),
  ];
}

/** What all teams came to, beside the user's caps. */
export function spentLines({ day, month }: SpendingRecord): Line[] {
  const told = ({ usd, capUsd }: SpendingRecord["day"]) =>
    span(`${formatUsd(usd)}${capUsd === null ? "" : ` of your cap of ${formatUsd(capUsd)}`}`);
  return factLines([fact("Spent today", told(day), span("  by all teams", "dim")), fact("This month", told(month))]);
}

/** Words for what changed a budget, as the ledger has it; a change that is not here is shown as it is. */
const changes: Readonly<Record<string, string>> = {
  allocate: "allocated",
  hold: "held",
  settle: "settled",
  release: "released",
  confirm: "counted",
  child_allocate: "to child",
  child_reclaim: "child ended",
  child_reopen: "child reopened",
  close: "closed",
  reopen: "reopened",
};

/** What an agent that ends hands over to its parent takes its own budget along; a raise never lowers one. */
const changeOf = ({ change, allocated }: BudgetEntry): string => {
  if (change === "reallocate") return allocated < 0 ? "handed over" : "raised";
  return changes[change] ?? change.replaceAll("_", " ");
};

export interface LedgerLook {
  readonly timeZone?: string;
  /** Columns of the terminal. */
  readonly width?: number;
}

/** The ledger of one agent: what each entry changed. `referenceOf` names what an entry is for. */
export function ledgerLines(
  entries: readonly BudgetEntry[],
  referenceOf: (reference: string) => string,
  { timeZone, width }: LedgerLook = {},
): Line[] {
  const rows = entries.map((entry) => [
    line(formatInstant(entry.at, timeZone), "dim"),
    line(changeOf(entry)),
    line(entry.unit),
    ...[entry.allocated, entry.reserved, entry.used, entry.ownUsed].map((change) =>
      line(formatChange(change, entry.unit), change < 0 ? "green" : null),
    ),
    line(entry.reference === null ? "" : referenceOf(entry.reference), "dim"),
  ]);
  return table(
    [
      spare(4, left("TIME")),
      left("CHANGE"),
      spare(3, left("UNIT")),
      right("ALLOCATED"),
      right("RESERVED"),
      right("USED"),
      spare(5, right("OWN")),
      spare(2, elastic(8, left("FOR"))),
    ],
    rows,
    width,
  );
}
