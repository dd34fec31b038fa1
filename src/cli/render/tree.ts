import { type Clash, clashWords } from "../../protocol/collisions.ts";
import { formatUsd, UNKNOWN_COST } from "../../protocol/money.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { branchesOf, stemsBelow } from "./branches.ts";
import { type Line, line, type Span, span, type Tone, truncateLine, widthOfLine } from "./line.ts";
import { inboxSpans, type NameOf, namesOf } from "./messages.ts";
import { glyphOf, statusOf, tellsReason, widestStatus, widestWork, workOf } from "./status.ts";
import { type Column, left, pliable, right, spare, table } from "./table.ts";
import { firstLine, formatClock, formatCount, formatUsdColumn, plural, truncate } from "./text.ts";

export interface TreeLook {
  /** Shows the ids that commands take. */
  readonly ids: boolean;
  /** Picture of the turning mark; null where the lines stay as they are. */
  readonly frame: number | null;
  /** Columns of the terminal; what is missed least is left out where they are few. */
  readonly width?: number;
  /** Messages that could not be delivered, by the id of who was to get them. */
  readonly dead?: ReadonlyMap<string, number>;
  /** What each agent's work collides with, by agent. */
  readonly clashes?: ReadonlyMap<string, readonly Clash[]>;
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
const LONGEST_NOTE = 100;
/** Columns below which a tree that is drawn again takes no more room than it needs. */
const ROOMY = 100;

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
 * The tree as a table: titles, one line for each agent with its own figures, and the totals where there are several. What
 * an agent cost with all below it has a column of its own, which the totals leave out. `rows` are depth first; a row
 * whose parent is not among them is a root.
 */
export function treeLines(rows: readonly AgentTreeRow[], look: TreeLook): Line[] {
  const { width = Number.POSITIVE_INFINITY } = look;
  const moving = look.frame !== null && width >= ROOMY;
  const deep = rows.some(leads);
  const columns = [
    pliable(14, left("AGENT", moving ? 24 : 0)),
    ...(look.ids ? [spare(haveOwnNames(rows) ? 6 : 1, left("ID"))] : []),
    pliable(16, left("STATUS", moving ? widestStatus : 0)),
    spare(4, left("WORK", moving ? widestWork : 0)),
    spare(5, right("TURNS")),
    spare(3, right("TOKENS", moving ? 9 : 0)),
    right("COST", moving ? 9 : 0),
    ...(deep ? [spare(2, right("INCL. BELOW"))] : []),
  ];
  const branches = branchesOf(rows);
  const totals = totalsOf(rows);
  const costs = costCells(rows, totals);
  const below = deep ? belowCells(rows) : [];
  const body = rows.map((row, index) => [
    agentCell(row, branches.get(row.id) ?? "", look.frame),
    ...(look.ids ? [line(row.id, "dim")] : []),
    [statusOf(row)],
    workCell(row),
    ...countCells(row.figures, null),
    line(costs[index] ?? ""),
    ...(deep ? [line(below[index] ?? "", "dim")] : []),
  ]);
  const blanks = Array.from({ length: look.ids ? 3 : 2 }, (): Line => []);
  const label = line(plural(totals.agents, "agent"), "dim");
  const sum = [label, ...blanks, ...countCells(totals, "bold"), line(costs.at(-1) ?? "", "bold")];
  const nameOf = namesOf(rows);
  const notes = rows.map((row) => noteOf(row, look, nameOf));
  return withNotes(columns, rows.length > 1 ? [...body, sum] : body, rows, notes, width);
}

/** Notes stand in the agents' lines where there is room for all, else below them. */
function withNotes(
  columns: readonly Column[],
  body: readonly (readonly Line[])[],
  rows: readonly AgentTreeRow[],
  notes: readonly Line[],
  width: number,
): Line[] {
  const beside = table(
    [...columns, left("")],
    body.map((cells, index) => [...cells, ...blanksAfter(cells, columns), notes[index] ?? []]),
  );
  if (Math.max(...beside.map(widthOfLine)) <= width) return beside;
  const [titles = [], ...told] = table(columns, body, width);
  const stems = stemsBelow(rows);
  const below = (note: Line, row: AgentTreeRow | undefined): Line[] =>
    note.length === 0 || row === undefined
      ? []
      : [truncateLine([span(`${stems.get(row.id) ?? ""}  `, "dim"), ...note], width)];
  return [titles, ...told.flatMap((each, index) => [each, ...below(notes[index] ?? [], rows[index])])];
}

/** The line of the totals has fewer cells. */
const blanksAfter = (cells: readonly Line[], columns: readonly Column[]): Line[] =>
  Array.from({ length: columns.length - cells.length }, (): Line => []);

/** Whether a name is enough to name an agent. */
const haveOwnNames = (rows: readonly AgentTreeRow[]): boolean =>
  new Set(rows.map(({ name }) => name)).size === rows.length;

const leads = ({ figures }: AgentTreeRow): boolean => figures.subtreeAgents > 1;

/** What each agent's own calls cost, and all together at the end. */
const costCells = (rows: readonly AgentTreeRow[], totals: Totals): string[] =>
  costColumn([...rows.map(({ figures }) => figures), totals]);

/** What each agent cost with all below it; nothing for one that has none below. */
function belowCells(rows: readonly AgentTreeRow[]): string[] {
  const leading = rows.filter(leads);
  const texts = costColumn(
    leading.map(({ figures }) => ({ costUsd: figures.subtreeCostUsd, costKnown: figures.subtreeCostKnown })),
  );
  const byId = new Map(leading.map(({ id }, index) => [id, texts[index] ?? ""]));
  return rows.map(({ id }) => byId.get(id) ?? "");
}

/** Costs to stand below each other; those that are not fully known say so. */
function costColumn(figures: readonly Pick<Totals, "costUsd" | "costKnown">[]): string[] {
  const known = formatUsdColumn(figures.map(({ costUsd }) => costUsd));
  return figures.map(({ costUsd, costKnown }, index) => {
    if (costKnown) return known[index] ?? "";
    return costUsd === 0 ? UNKNOWN_COST : `≥ ${known[index]}`;
  });
}

const countCells = (figures: Pick<Totals, "turns" | "tokens">, tone: "bold" | null): Line[] => [
  line(formatCount(figures.turns), tone),
  line(formatCount(figures.tokens), tone),
];

function agentCell(row: AgentTreeRow, branch: string, frame: number | null): Line {
  const name: Span = span(truncate(row.name, LONGEST_NAME), branch === "" ? "bold" : null);
  return [span(branch, "dim"), glyphOf(row.status, frame), span(" "), name];
}

const workCell = ({ worktree }: AgentTreeRow): Line =>
  worktree === null || worktree.status === "creating" ? [] : [workOf(worktree)];

/** What stands apart from an agent's cost, and why it is where it is if it did not simply go its way. */
function noteOf(row: AgentTreeRow, { frame, dead, clashes }: TreeLook, nameOf: NameOf): Line {
  const { overrunUsd, unconfirmedUsd } = row.figures;
  const parts: (readonly [string, Tone | null])[] = [];
  if (overrunUsd > 0) parts.push([`${formatUsd(overrunUsd)} overrun`, "red"]);
  if (unconfirmedUsd > 0) parts.push([`${formatUsd(unconfirmedUsd)} unconfirmed`, "yellow"]);
  const clash = clashWords(clashes?.get(row.id) ?? [], nameOf);
  if (clash !== "") parts.push([clash, "yellow"]);
  const limit = limitOf(row);
  if (limit !== undefined) parts.push([limit, "dim"]);
  // What is on its way while agents work comes and goes too quickly to be read; and who has not begun has its task.
  const pending = frame === null && row.status !== "pending" ? row.figures.pendingMessages : 0;
  for (const { text, tone } of inboxSpans(row, pending, dead?.get(row.id) ?? 0)) parts.push([text, tone]);
  if (tellsReason(row) && row.reason !== null) parts.push([truncate(firstLine(row.reason), LONGEST_NOTE), "dim"]);
  return parts.flatMap(([text, tone], index) => (index === 0 ? [span(text, tone)] : [span("; "), span(text, tone)]));
}

/** How long it waits at the most, and whom it asked. */
function limitOf({ status, waitsUntil, awaitsAnswerTo, reason }: AgentTreeRow): string | undefined {
  if (status !== "waiting" || waitsUntil === null) return undefined;
  const asked = awaitsAnswerTo === null || reason === null ? "" : `${firstLine(reason)}, `;
  return `${asked}until ${formatClock(waitsUntil)}`;
}
