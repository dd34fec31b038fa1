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
  /** Milliseconds that an agent may be at work; what it is paused, or waits for the user, is not counted. */
  readonly maxWorkMs: number;
  /** What becomes of the agents that an agent hired when it ends before them. A root's are always stopped. */
  readonly onParentEnd: "handOver" | "stop";
  /** Percentages of a budget at which the user is told. */
  readonly alertsAt: readonly number[];
  /** Milliseconds a model call may take. */
  readonly callTimeoutMs: number;
  /** Attempts at one turn before the agent fails. */
  readonly maxAttempts: number;
}

export const defaultLimits: AgentLimits = {
  slots: 8,
  maxDepth: 8,
  maxChildren: 16,
  maxTurns: 200,
  maxWorkMs: 8 * 3_600_000,
  onParentEnd: "handOver",
  alertsAt: [50, 80, 100],
  callTimeoutMs: 10 * 60_000,
  maxAttempts: 4,
};
