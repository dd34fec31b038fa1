/** How far agents may go. */
export interface AgentLimits {
  /** Agents that run at the same time; the others queue. */
  readonly slots: number;
  /** Levels below a root. */
  readonly maxDepth: number;
  /** Agents that one agent may hire in its life. */
  readonly maxChildren: number;
  /** Turns after which an agent is stopped. */
  readonly maxTurns: number;
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
  callTimeoutMs: 10 * 60_000,
  maxAttempts: 4,
};
