import { defaultValues, type OnParentEnd, type SettingValues } from "../../protocol/settings.ts";

/** How far agents may go. */
export interface AgentLimits {
  /** Agents that run at the same time; the others queue. */
  readonly slots: number;
  /** Levels below a root. */
  readonly maxDepth: number;
  /** Agents that one agent may hire in its life. */
  readonly maxChildren: number;
  /** Turns after which an agent is stopped, since it was opened the last time. */
  readonly maxTurns: number;
  /** Milliseconds that an agent may be at work; those that it is paused or waits for the user are not counted. */
  readonly maxWorkMs: number;
  /** What becomes of the agents that an agent hired when it ends before them. */
  readonly onParentEnd: OnParentEnd;
  /** Percentages of a budget at which the user is told, once each; ascending, no two alike. */
  readonly alertsAt: readonly number[];
  /** Milliseconds a model call may take. */
  readonly callTimeoutMs: number;
  /** Attempts at one turn before the agent fails. */
  readonly maxAttempts: number;
}

const HOUR_MS = 3_600_000;

/** The limits that the user's settings make. */
export const limitsOf = (values: SettingValues): AgentLimits => ({
  slots: values["banyan.slots"],
  maxDepth: values["banyan.maxDepth"],
  maxChildren: values["banyan.maxChildren"],
  maxTurns: values["banyan.maxTurns"],
  maxWorkMs: Math.round(values["banyan.maxHours"] * HOUR_MS),
  onParentEnd: values["banyan.onParentEnd"],
  alertsAt: [...new Set(values["banyan.budget.alerts"])].sort((a, b) => a - b),
  callTimeoutMs: 10 * 60_000,
  maxAttempts: 4,
});

export const defaultLimits: AgentLimits = limitsOf(defaultValues);
