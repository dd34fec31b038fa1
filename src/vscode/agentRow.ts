import { formatCost, formatUsd } from "../protocol/money.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import { type AgentStatus, isEnded, type WaitReason } from "../protocol/words.ts";
import { asSentence, codeSpan, escapeMarkdown, oneLine, paragraphs } from "./escape.ts";
import { counted, formatCount } from "./figures.ts";

/** How an agent stands in the tree: what the editor shows, without the editor. */
export interface AgentItem {
  readonly label: string;
  readonly description: string;
  readonly icon: StatusIcon;
  /** Markdown; everything in it that a model made is escaped. */
  readonly tooltip: string;
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
  paused: { id: "debug-pause", color: "debugIcon.pauseForeground" },
  completed: { id: "pass", color: "charts.green" },
  failed: { id: "error", color: "charts.red" },
  terminated: { id: "circle-slash", color: "disabledForeground" },
};

/** Waits that the user alone can end look like it. */
const waitIcons: Readonly<Partial<Record<WaitReason, StatusIcon>>> = {
  budget: { id: "credit-card", color: "problemsWarningIcon.foreground" },
  attention: { id: "bell-dot", color: "problemsWarningIcon.foreground" },
  provider: { id: "debug-disconnect", color: "problemsWarningIcon.foreground" },
};

/** `clash`: in words, what its work would conflict with; empty where that is nothing. */
export function presentAgent(row: AgentTreeRow, clash = ""): AgentItem {
  const label = oneLine(row.name, 60);
  const role = oneLine(row.role, 60);
  const figures = [counted(row.figures.turns, "turn"), ownCost(row)];
  // A narrow side bar cuts the end off, so what changes comes first. A lead that is called "lead" is not told twice.
  const collides = clash === "" ? [] : [oneLine(clash, MAX_CLASH)];
  const parts = [stateOf(row), ...collides, ...figures, ...(role === label ? [] : [role])];
  return {
    label,
    description: parts.join(" · "),
    icon: iconOf(row),
    tooltip: tooltipOf(row, clash),
    spoken: [label, ...parts].join(", "),
  };
}

const iconOf = ({ status, waitingFor }: AgentTreeRow): StatusIcon =>
  (waitingFor === null ? undefined : waitIcons[waitingFor]) ?? icons[status];

/** The state in words: `completed`, `waiting for child`. */
export const stateOf = (row: Pick<AgentTreeRow, "status" | "waitingFor">): string =>
  row.status === "waiting" && row.waitingFor !== null ? `waiting for ${row.waitingFor}` : row.status;

const MAX_TASK = 600;
const MAX_CLASH = 160;

function tooltipOf(row: AgentTreeRow, clash: string): string {
  const { figures, worktree } = row;
  const lines = [
    `Model: ${codeSpan(row.model)}`,
    `Role: ${escapeMarkdown(oneLine(row.role, 60))}`,
    `Turns: ${withBelow(figures, formatCount(figures.turns), formatCount(figures.subtreeTurns))}`,
    `Tokens: ${withBelow(figures, formatCount(figures.tokens), formatCount(figures.subtreeTokens))}`,
    `Cost: ${escapeMarkdown(withBelow(figures, ownCost(row), subtreeCost(row)))}`,
    ...budgetLines(row),
    ...(worktree === null
      ? []
      : [`Worktree: ${codeSpan(worktree.branch)} (${worktree.status === "creating" ? "not made" : worktree.status})`]),
  ];
  return [
    `**${escapeMarkdown(oneLine(row.name, 60))}** · ${escapeMarkdown(stateOf(row))}`,
    ...(row.reason === null ? [] : [escapeMarkdown(asSentence(oneLine(row.reason, 300)))]),
    ...(clash === "" ? [] : [`**${escapeMarkdown(asSentence(oneLine(clash, 300)))}**`]),
    paragraphs(row.task, MAX_TASK),
    lines.map((line) => `- ${line}`).join("\n"),
  ].join("\n\n");
}

type Figures = AgentTreeRow["figures"];

/** An own figure, and beside it that of the agent and all below it; never their sum. */
const withBelow = ({ subtreeAgents }: Figures, own: string, subtree: string): string =>
  subtreeAgents <= 1 ? own : `${own} own, ${subtree} with all below`;

export const ownCost = ({ figures }: AgentTreeRow): string => formatCost(figures.costUsd, figures.costKnown);

export const subtreeCost = ({ figures }: AgentTreeRow): string =>
  formatCost(figures.subtreeCostUsd, figures.subtreeCostKnown);

/** Its budget, and what stands apart from what was used where there is any. */
function budgetLines({ status, figures }: AgentTreeRow): readonly string[] {
  const { allocatedUsd, freeUsd, overrunUsd, unconfirmedUsd } = figures;
  const left = isEnded(status) ? "" : `, ${dollars(freeUsd)} left`;
  return [
    `Budget: ${dollars(allocatedUsd)}${left}`,
    ...(overrunUsd === 0 ? [] : [`Overrun: ${dollars(overrunUsd)} charged beyond what was set aside`]),
    ...(unconfirmedUsd === 0 ? [] : [`Unconfirmed: ${dollars(unconfirmedUsd)} of calls that were cut off`]),
  ];
}

const dollars = (micro: number): string => escapeMarkdown(formatUsd(micro));
