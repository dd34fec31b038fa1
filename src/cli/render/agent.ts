import { formatCost, formatUsd, UNKNOWN_COST } from "../../protocol/money.ts";
import type { AgentTreeRow, BudgetRecord, TurnRecord, WorktreeRecord } from "../../protocol/records.ts";
import { balanceLines } from "./budget.ts";
import { type Fact, fact, factLines } from "./facts.ts";
import { emptyLine, indent, type Line, line, lines, span } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { glyphOf, statusOf, workStatusOf } from "./status.ts";
import { left, right, table } from "./table.ts";
import { firstLine, formatCount, formatDuration, formatInstant, plural, shortHash } from "./text.ts";

/** All that `show` tells of one agent. */
export interface AgentPage {
  readonly agent: AgentTreeRow;
  readonly budget: readonly BudgetRecord[];
  readonly worktree: WorktreeRecord | null;
  readonly turns: readonly TurnRecord[];
}

/** A page on one agent: who it is, what it did, what it used. */
export function agentLines(page: AgentPage, nameOf: NameOf, timeZone?: string): Line[] {
  const { agent, budget, turns } = page;
  return [
    [glyphOf(agent.status), span(" "), span(agent.name, "bold"), span("  "), statusOf(agent)],
    emptyLine,
    ...indent(factLines([...identity(agent, nameOf), ...course(agent, timeZone), ...work(page.worktree)])),
    ...section("Budget", balanceLines(budget, nameOf, [agent])),
    ...section("Turns", turns.length === 0 ? [] : turnLines(turns)),
  ];
}

const section = (title: string, body: readonly Line[]): Line[] =>
  body.length === 0 ? [] : [emptyLine, line(title, "bold"), ...indent(body)];

const identity = (agent: AgentTreeRow, nameOf: NameOf): Fact[] => [
  fact("Id", span(agent.id)),
  fact("Role", span(agent.role)),
  fact("Model", span(agent.model)),
  fact("Parent", span(agent.parentId === null ? "none: the team's root" : nameOf(agent.parentId))),
  { title: "Task", value: lines(agent.task.trim()) },
];

const course = (agent: AgentTreeRow, timeZone: string | undefined): Fact[] => [
  fact("Started", span(agent.startedAt === null ? "" : formatInstant(agent.startedAt, timeZone))),
  fact("Took", span(tookOf(agent))),
  fact("Reason", span(agent.reason ?? "")),
  { title: "Result", value: agent.result === null ? [] : lines(agent.result.summary.trim()) },
  { title: "Files", value: (agent.result?.files ?? []).map((file) => line(file)) },
  fact("Own", span(figures(agent.figures.turns, agent.figures.tokens, ownCost(agent)))),
  fact("Team", span(teamFigures(agent))),
];

const tookOf = ({ startedAt, endedAt }: AgentTreeRow): string =>
  startedAt === null || endedAt === null ? "" : formatDuration(endedAt - startedAt);

const figures = (turns: number, tokens: number, cost: string): string =>
  `${plural(turns, "turn")}, ${plural(tokens, "token")}, ${cost}`;

const ownCost = ({ figures: own }: AgentTreeRow): string => formatCost(own.costUsd, own.costKnown);

function teamFigures({ figures: own }: AgentTreeRow): string {
  if (own.subtreeAgents <= 1) return "";
  const cost = formatCost(own.subtreeCostUsd, own.subtreeCostKnown);
  return `${plural(own.subtreeAgents, "agent")}, ${figures(own.subtreeTurns, own.subtreeTokens, cost)}`;
}

function work(worktree: WorktreeRecord | null): Fact[] {
  if (worktree === null) return [];
  return [
    fact("Branch", span(worktree.branch), span(" → ", "dim"), span(worktree.targetBranch)),
    fact("Worktree", workStatusOf(worktree.status), span(`  ${worktree.path}`, "dim")),
    fact("Merge", span(worktree.mergeCommit === null ? "" : shortHash(worktree.mergeCommit))),
  ];
}

const turnTones = { calling: "cyan", replied: null, completed: null, failed: "red", unconfirmed: "yellow" } as const;

function turnLines(turns: readonly TurnRecord[]): Line[] {
  const rows = turns.map((turn) => [
    line(turn.attempt === 1 ? String(turn.number) : `${turn.number}.${turn.attempt}`, "dim"),
    line(turn.status, turnTones[turn.status]),
    line(formatCount(turn.inputTokens)),
    line(formatCount(turn.cacheReadTokens + turn.cacheWriteTokens)),
    line(formatCount(turn.outputTokens)),
    line(turn.costUsd === null ? UNKNOWN_COST : formatUsd(turn.costUsd)),
    line(turn.endedAt === null ? "" : formatDuration(turn.endedAt - turn.startedAt)),
    line(firstLine(turn.failure ?? turn.stopReason ?? ""), "dim"),
  ]);
  return table(
    [
      right("#"),
      left("STATUS"),
      right("INPUT"),
      right("CACHE"),
      right("OUTPUT"),
      right("COST"),
      right("TOOK"),
      left("END"),
    ],
    rows,
  );
}
