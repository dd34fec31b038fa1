import { formatCost } from "../protocol/money.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import { type AgentStatus, isEnded } from "../protocol/words.ts";
import { type AgentFacts, contextValueOf } from "./contributions.ts";
import { codeSpan, escapeMarkdown, oneLine, paragraphs } from "./escape.ts";
import { counted, formatCount } from "./figures.ts";

/** How an agent stands in the tree: what the editor shows, without the editor. */
export interface AgentItem {
  readonly label: string;
  readonly description: string;
  readonly icon: StatusIcon;
  /** Markdown; everything in it that a model made is escaped. */
  readonly tooltip: string;
  readonly contextValue: string;
  /** What a screen reader says. */
  readonly spoken: string;
}

export interface StatusIcon {
  /** A codicon. */
  readonly id: string;
  /** A theme color. */
  readonly color: string;
}

const icons: Readonly<Record<AgentStatus, StatusIcon>> = {
  pending: { id: "circle-large-outline", color: "disabledForeground" },
  running: { id: "loading~spin", color: "charts.blue" },
  waiting: { id: "clockface", color: "charts.yellow" },
  paused: { id: "debug-pause", color: "charts.yellow" },
  completed: { id: "pass", color: "charts.green" },
  failed: { id: "error", color: "charts.red" },
  terminated: { id: "circle-slash", color: "disabledForeground" },
};

export function presentAgent(row: AgentTreeRow): AgentItem {
  const label = oneLine(row.name, 60);
  const role = oneLine(row.role, 60);
  const figures = [counted(row.figures.turns, "turn"), formatCost(row.figures.costUsd, row.figures.costKnown)];
  // A narrow side bar cuts the end off, so what changes comes first. A lead that is called "lead" is not told twice.
  const parts = [stateOf(row), ...figures, ...(role === label ? [] : [role])];
  return {
    label,
    description: parts.join(" · "),
    icon: icons[row.status],
    tooltip: tooltipOf(row),
    contextValue: contextValueOf(factsOf(row)),
    spoken: [label, ...parts].join(", "),
  };
}

/** The state in words: `completed`, `waiting for child`. */
export const stateOf = (row: Pick<AgentTreeRow, "status" | "waitingFor">): string =>
  row.status === "waiting" && row.waitingFor !== null ? `waiting for ${row.waitingFor}` : row.status;

export const factsOf = (row: AgentTreeRow): AgentFacts => ({
  place: row.parentId === null ? "root" : "child",
  life: isEnded(row.status) ? "ended" : "live",
  work: workOf(row),
});

/** A worktree is made when its agent first works on files, and may go once its work is merged. */
function workOf({ worktree }: AgentTreeRow): AgentFacts["work"] {
  if (worktree === null) return "none";
  if (worktree.mergeCommit !== null || worktree.status === "merged") return "merged";
  return worktree.status === "creating" || worktree.status === "removed" || worktree.status === "orphaned"
    ? "none"
    : "work";
}

export const canStop = (row: AgentTreeRow): boolean => !isEnded(row.status);
export const canDiff = (row: AgentTreeRow): boolean => workOf(row) !== "none";
export const canMerge = (row: AgentTreeRow): boolean =>
  row.parentId === null && isEnded(row.status) && workOf(row) === "work";

/** Agents below `id` that have not ended: those that stopping it ends too. `rows` is the whole tree, in any order. */
export function liveBelow(rows: readonly AgentTreeRow[], id: string): number {
  const children = rows.filter((row) => row.parentId === id);
  return children.reduce((sum, child) => sum + (canStop(child) ? 1 : 0) + liveBelow(rows, child.id), 0);
}

const MAX_TASK = 600;

function tooltipOf(row: AgentTreeRow): string {
  const { figures, worktree } = row;
  const state = stateOf(row) + (row.reason === null ? "" : `: ${oneLine(row.reason, 200)}`);
  const lines = [
    `Model: ${codeSpan(row.model)}`,
    `Role: ${escapeMarkdown(oneLine(row.role, 60))}`,
    `Turns: ${formatCount(figures.turns)}`,
    `Tokens: ${formatCount(figures.tokens)}`,
    `Cost: ${escapeMarkdown(costOf(row))}`,
    ...(worktree === null
      ? []
      : [`Worktree: ${codeSpan(worktree.branch)} (${worktree.status === "creating" ? "not made" : worktree.status})`]),
  ];
  return [
    `**${escapeMarkdown(oneLine(row.name, 60))}** · ${escapeMarkdown(state)}`,
    paragraphs(row.task, MAX_TASK),
    lines.map((line) => `- ${line}`).join("\n"),
  ].join("\n\n");
}

/** Own cost, and beside it what the team below spent together with it; never their sum. */
function costOf({ figures }: AgentTreeRow): string {
  const own = formatCost(figures.costUsd, figures.costKnown);
  if (figures.subtreeAgents <= 1) return own;
  return `${own} own, ${formatCost(figures.subtreeCostUsd, figures.subtreeCostKnown)} with all below`;
}
