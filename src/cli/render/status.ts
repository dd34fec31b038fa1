import type { AgentRecord, WorktreeRecord } from "../../protocol/records.ts";
import { type AgentStatus, userWaits, type WaitReason, type WorktreeStatus } from "../../protocol/words.ts";
import { type Line, type Span, span, type Tone } from "./line.ts";

interface Look {
  readonly glyph: string;
  readonly tone: Tone | null;
}

const looks: Readonly<Record<AgentStatus, Look>> = {
  pending: { glyph: "○", tone: "dim" },
  running: { glyph: "●", tone: "cyan" },
  waiting: { glyph: "◐", tone: "yellow" },
  paused: { glyph: "◑", tone: "yellow" },
  completed: { glyph: "✓", tone: "green" },
  failed: { glyph: "✗", tone: "red" },
  terminated: { glyph: "■", tone: "red" },
};

const waits: Readonly<Record<WaitReason, string>> = {
  child: "waiting for children",
  message: "waiting for a message",
  attention: "waiting for you",
  budget: "waiting for budget",
  provider: "waiting for provider",
};

/** Columns that the longest words of a status take. */
export const widestStatus = Math.max(...[...Object.keys(looks), ...Object.values(waits)].map(({ length }) => length));

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** The mark before an agent's name. With a `frame`, that of a running agent turns. */
export function glyphOf(status: AgentStatus, frame: number | null = null): Span {
  const { glyph, tone } = looks[status];
  const turning = status === "running" && frame !== null ? spinner[frame % spinner.length] : undefined;
  return span(turning ?? glyph, tone);
}

/** `running`, `waiting for children`, … as words. */
export const statusWords = (status: AgentStatus, waitingFor: WaitReason | null): string =>
  waitingFor === null ? status : waits[waitingFor];

/** Whether a reader wants to know why an agent is in its status: it did not simply go its way. */
export const tellsReason = ({ status, waitingFor }: Pick<AgentRecord, "status" | "waitingFor">): boolean =>
  status === "failed" ||
  status === "terminated" ||
  status === "paused" ||
  userWaits.some((reason) => reason === waitingFor);

/** An agent's status in words, in the status' colour. */
export const statusOf = (agent: Pick<AgentRecord, "status" | "waitingFor">): Span =>
  span(statusWords(agent.status, agent.waitingFor), looks[agent.status].tone);

/** An agent whose status was changed: mark, name, status. */
export const changedLine = (agent: Pick<AgentRecord, "name" | "status" | "waitingFor">): Line => [
  glyphOf(agent.status),
  span(` ${agent.name}  `, "bold"),
  statusOf(agent),
];

const workTones: Readonly<Record<WorktreeStatus, Tone | null>> = {
  creating: "dim",
  isolated: null,
  merging: "cyan",
  merged: "green",
  conflicted: "red",
  quarantined: "red",
  removed: "dim",
  orphaned: "red",
};

/** Columns that the longest words of a worktree's status take. */
export const widestWork = Math.max(...Object.keys(workTones).map(({ length }) => length));

/** What became of an agent's work: a worktree that was removed after its merge is told as merged. */
export const workOf = ({ status, mergeCommit }: Pick<WorktreeRecord, "status" | "mergeCommit">): Span =>
  workStatusOf(status === "removed" && mergeCommit !== null ? "merged" : status);

/** A worktree's own status. One that is still to be made may never be: its agent has not worked on files. */
export const workStatusOf = (status: WorktreeStatus): Span =>
  span(status === "creating" ? "not made" : status, workTones[status]);
