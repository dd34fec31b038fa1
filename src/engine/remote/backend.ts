import type { EngineEvent } from "../../protocol/events.ts";
import type { LocalEngine } from "../engine.ts";

/** What can be asked of a repository's engine, wherever it runs: in this process or in the one that leads. */
export type Backend = Pick<LocalEngine, "agents" | "messages" | "budgets" | "worktrees" | "reviews">;

/** A leader's engine as its clients are shown it. */
export interface LedEngine extends Backend, Pick<LocalEngine, "repository" | "onEvent"> {
  /** What happened after the event at a position, in order. */
  history(position: number): Promise<readonly EngineEvent[]>;
  /** Position of the last event. */
  position(): Promise<number>;
}
