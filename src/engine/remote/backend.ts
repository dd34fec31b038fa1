import type { EngineEvent } from "../../protocol/events.ts";
import type { Engine } from "../engine.ts";

/** What can be asked of a repository's engine, wherever it runs: in this process or in the one that leads. */
export interface Backend {
  readonly agents: Omit<Engine["agents"], "whenEnded">;
  readonly messages: Engine["messages"];
  readonly budgets: Engine["budgets"];
  readonly worktrees: Engine["worktrees"];
}

/** A leader's engine as its clients are shown it. */
export interface LedEngine extends Backend {
  readonly repository: Engine["repository"];
  readonly onEvent: Engine["onEvent"];
  /** What happened after the event at a position, in order. */
  history(position: number): Promise<readonly EngineEvent[]>;
  /** Position of the last event. */
  position(): Promise<number>;
}
