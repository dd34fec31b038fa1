import { type Clash, clashWords } from "../../protocol/collisions.ts";
import { formatCost, formatUsd, UNKNOWN_COST } from "../../protocol/money.ts";
import type { AgentRecord, AgentTreeRow, BudgetRecord, TurnRecord, WorktreeRecord } from "../../protocol/records.ts";
import { budgetUnits } from "../../protocol/words.ts";
import { amountIn, balanceLines, formatAmount, freeOf } from "./budget.ts";
import { type Fact, fact, factLines } from "./facts.ts";
import { emptyLine, indent, type Line, line, lines, type Span, span } from "./line.ts";
import { inboxSpans, type NameOf } from "./messages.ts";
import { glyphOf, statusOf, workStatusOf } from "./status.ts";
import { elastic, left, right, spare, table } from "./table.ts";
import { firstLine, formatCount, formatDuration, formatInstant, plural, shortHash } from "./text.ts";

/** All that `show` tells of one agent. */
export interface AgentPage {
  readonly agent: AgentTreeRow;
  /** Those above it, its root first. */
  readonly ancestors: readonly AgentRecord[];
  readonly budget: readonly BudgetRecord[];
  readonly worktree: WorktreeRecord | null;
  readonly turns: readonly TurnRecord[];
  /** Messages to it that could not be delivered. */
  readonly deadMessages: number;
  /** The question whose answer it waits for. */
  readonly asked: { readonly seq: number } | null;
  /** What its work collides with as things are now. */
  readonly clashes: readonly Clash[];
}

export interface PageLook {
  readonly timeZone?: string;
  /** Columns of the terminal. */
  readonly width?: number;
}

const INDENT = 2;

/** A page on one agent: who it is, what it did, what it used. */
export function agentLines(page: AgentPage, nameOf: NameOf, look: PageLook = {}): Line[] {
  const { agent, budget, turns } = page;
  const width = (look.width ?? Number.POSITIVE_INFINITY) - INDENT;
  return [
    [glyphOf(agent.status), span(" "), span(agent.name, "bold"), span("  "), statusOf(agent)],
    emptyLine,
    ...indent(
      factLines([
        ...identity(page, nameOf),
        ...course(agent, look.timeZone),
        ...mail(page, look.timeZone),
        ...money(page),
        ...work(page.worktree),
        fact("Collides", span(clashWords(page.clashes, nameOf).replace(/^collides /, ""), "yellow")),
      ]),
    ),
    ...section("Budget", balanceLines(dollarsFirst(budget), nameOf, { width, agents: [agent] })),
    ...section("Turns", turns.length === 0 ? [] : turnLines(turns, width)),
  ];
}

const section = (title: string, body: readonly Line[]): Line[] =>
  body.length === 0 ? [] : [emptyLine, line(title, "bold"), ...indent(body, INDENT)];

const identity = ({ agent, ancestors }: AgentPage, nameOf: NameOf): Fact[] => [
  fact("Id", span(agent.id)),
  fact("Role", span(agent.role)),
  fact("Model", span(agent.model)),
  fact("Parent", span(agent.parentId === null ? "none: the team's root" : nameOf(agent.parentId))),
  fact("Path", span(ancestors.length < 2 ? "" : [...ancestors, agent].map(({ name }) => name).join(" › "))),
  { title: "Task", value: lines(agent.task.trim()) },
];

const course = (agent: AgentTreeRow, timeZone: string | undefined): Fact[] => [
  fact("Started", span(agent.startedAt === null ? "" : formatInstant(agent.startedAt, timeZone))),
  fact("Took", span(tookOf(agent))),
  fact("Reason", span(agent.reason ?? "")),
  { title: "Result", value: agent.result === null ? [] : lines(agent.result.summary.trim()) },
  { title: "Files", value: (agent.result?.files ?? []).map((file) => line(file)) },
];

/** What it waits to read, and what did not reach it. */
const mail = ({ agent, deadMessages, asked }: AgentPage, timeZone: string | undefined): Fact[] => [
  fact("Question", span(asked === null ? "" : `#${asked.seq}`)),
  fact("Waits until", span(agent.waitsUntil === null ? "" : formatInstant(agent.waitsUntil, timeZone))),
  fact("Messages", ...joined(inboxSpans(agent, agent.figures.pendingMessages, deadMessages))),
];

const joined = (spans: readonly Span[]): Line =>
  spans.flatMap((each, index) => (index === 0 ? [each] : [span(", "), each]));

/** Own figures, those of all below it included, and what stands apart from both. */
const money = ({ agent, budget }: AgentPage): Fact[] => [
  fact("Own", span(ownFigures(agent))),
  fact("Incl. below", span(figuresBelow(agent))),
  { title: "Came to", value: cameTo(agent) },
  { title: "Left", value: leftOf(budget) },
  fact("Overrun", span(sumOf(budget, "overrun"), "red"), ...apartNote(budget, "overrun")),
  fact("Unconfirmed", span(sumOf(budget, "unconfirmed"), "yellow"), ...apartNote(budget, "unconfirmed")),
];

const tookOf = ({ startedAt, endedAt }: AgentTreeRow): string =>
  startedAt === null || endedAt === null ? "" : formatDuration(endedAt - startedAt);

const figures = (turns: number, tokens: number, cost: string): string =>
  `${plural(turns, "turn")}, ${plural(tokens, "token")}, ${cost}`;

const ownFigures = ({ figures: own }: AgentTreeRow): string =>
  figures(own.turns, own.tokens, formatCost(own.costUsd, own.costKnown));

const figuresBelow = ({ figures: own }: AgentTreeRow): string =>
  own.subtreeAgents > 1
    ? `${plural(own.subtreeAgents, "agent")}, ${figures(own.subtreeTurns, own.subtreeTokens, formatCost(own.subtreeCostUsd, own.subtreeCostKnown))}`
    : "";

const amountsOf = ({ usd, tokens }: { readonly usd: number; readonly tokens: number }): string =>
  `${formatUsd(usd)}, ${plural(tokens, "token")}`;

/** Its cost as it handed that up when it ended. */
const cameTo = ({ result, figures: own }: AgentTreeRow): Line[] => {
  const cost = result?.cost ?? null;
  if (cost === null) return [];
  const note = own.subtreeAgents > 1 ? "  when it ended, all below it included" : "";
  return [[span(amountsOf(cost)), span(note, "dim")]];
};

const dollarsFirst = (budget: readonly BudgetRecord[]): BudgetRecord[] =>
  budgetUnits.flatMap((unit) => budget.filter((each) => each.unit === unit));

/** Of an agent that goes on: what it may still spend itself or give to others. */
const leftOf = (budget: readonly BudgetRecord[]): Line[] =>
  dollarsFirst(budget)
    .filter(({ state }) => state === "open")
    .map((each) => line(`${formatAmount(freeOf(each), each.unit)} of ${amountIn(each.allocated, each.unit)}`));

type Apart = "overrun" | "unconfirmed";

const sumOf = (budget: readonly BudgetRecord[], which: Apart): string =>
  dollarsFirst(budget)
    .filter((each) => each[which] > 0)
    .map((each) => amountIn(each[which], each.unit))
    .join(", ");

const apartNotes: Readonly<Record<Apart, string>> = {
  overrun: "  charged beyond what was held",
  unconfirmed: "  held for calls that were cut off; what they cost, nobody knows",
};

const apartNote = (budget: readonly BudgetRecord[], which: Apart) =>
  budget.some((each) => each[which] > 0) ? [span(apartNotes[which], "dim")] : [];

function work(worktree: WorktreeRecord | null): Fact[] {
  if (worktree === null) return [];
  return [
    fact("Branch", span(worktree.branch), span(" → ", "dim"), span(worktree.targetBranch)),
    fact("Worktree", workStatusOf(worktree.status), span(`  ${worktree.path}`, "dim")),
    fact("Merge", span(worktree.mergeCommit === null ? "" : shortHash(worktree.mergeCommit))),
  ];
}

const turnTones = { calling: "cyan", replied: null, completed: null, failed: "red", unconfirmed: "yellow" } as const;

/** A turn without a reply has no cost of its own: what became of its hold stands in the budget. */
function costOf({ status, costUsd }: TurnRecord): string {
  if (costUsd !== null) return formatUsd(costUsd);
  return status === "replied" || status === "completed" ? UNKNOWN_COST : "";
}

function turnLines(turns: readonly TurnRecord[], width: number): Line[] {
  const rows = turns.map((turn) => [
    line(turn.attempt === 1 ? String(turn.number) : `${turn.number}.${turn.attempt}`, "dim"),
    line(turn.status, turnTones[turn.status]),
    line(formatCount(turn.inputTokens)),
    line(formatCount(turn.cacheReadTokens + turn.cacheWriteTokens)),
    line(formatCount(turn.outputTokens)),
    line(costOf(turn)),
    line(turn.endedAt === null ? "" : formatDuration(turn.endedAt - turn.startedAt)),
    line(firstLine(turn.failure ?? turn.stopReason ?? ""), "dim"),
  ]);
  return table(
    [
      right("#"),
      left("STATUS"),
      spare(2, right("INPUT")),
      spare(4, right("CACHE")),
      spare(3, right("OUTPUT")),
      right("COST"),
      spare(1, right("TOOK")),
      elastic(16, left("END")),
    ],
    rows,
    width,
  );
}
