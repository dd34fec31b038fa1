import type { AgentRecord, WorktreeRecord } from "../../protocol/records.ts";
import type { Model } from "../models/port.ts";
import type { Toolbox } from "../tools/registry.ts";
import { endAgent } from "./ending.ts";
import type { Parts } from "./parts.ts";
import type { Stand } from "./transcript.ts";

/** One agent at work in a slot. */
export interface Run {
  readonly parts: Parts;
  readonly agent: AgentRecord;
  /** As long as it is `creating` there is none: it is made when it is first needed. */
  worktree: WorktreeRecord;
  readonly model: Model;
  /** What it may use. */
  readonly toolbox: Toolbox;
  /** What it was told of its role and its project; null: nothing. */
  readonly brief: string | null;
  readonly signal: AbortSignal;
  /** Aborts when the run is to end after the step under way. */
  readonly rest: AbortSignal;
  /** Faults of the provider in a row, in this run: those that a stop cut off are none. */
  faults: number;
  /** A snapshot of this run failed, and it was logged. */
  snapshotFailed: boolean;
}

/** What a step of the loop led to: where the agent stands now, or the end of this run because it waits or has ended. */
export type Step = Stand | "stop";

/** Ends the agent of this run as failed. */
export async function fail(run: Run, reason: string): Promise<Step> {
  await endAgent(run.parts, run.agent.id, { as: "failed", reason, summary: `Failed: ${reason}` });
  return "stop";
}
