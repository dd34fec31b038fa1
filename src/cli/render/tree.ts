import { formatCost } from "../../protocol/money.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { type Line, line, type Span, span } from "./line.ts";
import { glyphOf, statusOf, widestStatus, widestWork, workOf } from "./status.ts";
import { left, right, table } from "./table.ts";
import { firstLine, formatCount, formatUsdColumn, plural, truncate } from "./text.ts";

export interface TreeLook {
  /** Shows the ids that commands take. */
  readonly ids: boolean;
  /** Picture of the turning mark; null where the lines stay as they are. */
  readonly frame: number | null;
  /** Leaves out what is missed least, for a narrow terminal. */
  readonly narrow?: boolean;
}

/** What a team, or several, used together. */
export interface Totals {
  readonly agents: number;
  readonly turns: number;
  readonly tokens: number;
  /** Micro-dollars. */
  readonly costUsd: number;
  /** False where a model among them has no price. */
  readonly costKnown: boolean;
}

const LONGEST_NAME = 40;
const LONGEST_NOTE = 72;

/** Own figures of every row added up: each call is counted once. */
export const totalsOf = (rows: readonly AgentTreeRow[]): Totals =>
  rows.reduce<Totals>(
    (sum, { figures }) => ({
      agents: sum.agents + 1,
      turns: sum.turns + figures.turns,
      tokens: sum.tokens + figures.tokens,
      costUsd: sum.costUsd + figures.costUsd,
      costKnown: sum.costKnown && figures.costKnown,
    }),
    { agents: 0, turns: 0, tokens: 0, costUsd: 0, costKnown: true },
  );

/**
 * The tree as a table: titles, one line for each agent with its own figures, and the totals where there are several.
 * `rows` are depth first; a row whose parent is not among them is a root.
 */
export function treeLines(rows: readonly AgentTreeRow[], look: TreeLook): Line[] {
  const narrow = look.narrow === true;
  const moving = look.frame !== null && !narrow;
  const columns = [
    left("AGENT", moving ? 24 : 0),
    ...(look.ids ? [left("ID")] : []),
    left("STATUS", moving ? widestStatus : 0),
    ...(narrow ? [] : [left("WORK", moving ? widestWork : 0)]),
    right("TURNS"),
    right("TOKENS", moving ? 9 : 0),
    right("COST", moving ? 9 : 0),
    left(""),
  ];
  const branches = branchesOf(rows);
  const totals = totalsOf(rows);
  const costs = costColumn([...rows.map(({ figures }) => figures), totals]);
  const body = rows.map((row, index) => [
    agentCell(row, branches.get(row.id) ?? "", look.frame),
    ...(look.ids ? [line(row.id, "dim")] : []),
    [statusOf(row)],
    ...(narrow ? [] : [workCell(row)]),
    ...figureCells(row.figures, costs[index] ?? "", null),
    noteOf(row),
  ]);
  return table(columns, rows.length > 1 ? [...body, totalRow(totals, costs.at(-1) ?? "", columns.length)] : body);
}

/** Costs to stand below each other; those that are not known fully say so. */
function costColumn(figures: readonly Pick<Totals, "costUsd" | "costKnown">[]): string[] {
  const known = formatUsdColumn(figures.map(({ costUsd }) => costUsd));
  return figures.map(({ costUsd, costKnown }, index) =>
    costKnown ? (known[index] ?? "") : formatCost(costUsd, costKnown),
  );
}

function totalRow(totals: Totals, cost: string, columns: number): Line[] {
  const label = line(plural(totals.agents, "agent"), "dim");
  const blanks = Array.from({ length: columns - 5 }, (): Line => []);
  return [label, ...blanks, ...figureCells(totals, cost, "bold")];
}

const figureCells = (figures: Pick<Totals, "turns" | "tokens">, cost: string, tone: "bold" | null): Line[] => [
  line(formatCount(figures.turns), tone),
  line(formatCount(figures.tokens), tone),
  line(cost, tone),
];

function agentCell(row: AgentTreeRow, branch: string, frame: number | null): Line {
  const name: Span = span(truncate(row.name, LONGEST_NAME), branch === "" ? "bold" : null);
  return [span(branch, "dim"), glyphOf(row.status, frame), span(" "), name];
}

const workCell = ({ worktree }: AgentTreeRow): Line =>
  worktree === null || worktree.status === "creating" ? [] : [workOf(worktree)];

/** Why an agent is where it is, for those that did not simply go their way. */
function noteOf(row: AgentTreeRow): Line {
  const tells = row.status === "failed" || row.status === "terminated" || row.status === "paused";
  return tells && row.reason !== null ? line(truncate(firstLine(row.reason), LONGEST_NOTE), "dim") : [];
}

/** What stands before each agent's mark: `├─ `, `│  └─ `, nothing for a root. By agent id. */
function branchesOf(rows: readonly AgentTreeRow[]): ReadonlyMap<string, string> {
  const known = new Set(rows.map(({ id }) => id));
  const lastChild = new Map(rows.map(({ parentId, id }) => [parentId, id]));
  const stems = new Map<string, string>();
  const branches = new Map<string, string>();
  for (const { id, parentId } of rows) {
    if (parentId === null || !known.has(parentId)) {
      branches.set(id, "");
      stems.set(id, "");
      continue;
    }
    const stem = stems.get(parentId) ?? "";
    const isLast = lastChild.get(parentId) === id;
    branches.set(id, `${stem}${isLast ? "└─ " : "├─ "}`);
    stems.set(id, `${stem}${isLast ? "   " : "│  "}`);
  }
  return branches;
}
