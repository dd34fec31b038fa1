import type { Result } from "../base/errors.ts";
import type { Event } from "../base/event.ts";
import type { SendCommandInput, SpawnCommandInput } from "../protocol/commands.ts";
import type { EngineEvent } from "../protocol/events.ts";
import type {
  AgentRecord,
  AgentTreeRow,
  BudgetEntry,
  BudgetRecord,
  MessageRecord,
  TurnRecord,
  WorktreeRecord,
} from "../protocol/records.ts";
import type { TranscriptEntry } from "../protocol/transcript.ts";
import type { MergeReport } from "./tools/tool.ts";
import type { WorkDiff } from "./worktrees/port.ts";

/**
 * One repository's engine. Agents are named by id, by the start of an id, or by name where that is unique among all
 * teams; an unknown or ambiguous one is refused with `not_found`.
 */
export interface Engine {
  readonly repository: { readonly root: string; readonly commonDir: string };
  /** What happened, each after it was made durable, in order. */
  readonly onEvent: Event<EngineEvent>;
  readonly agents: {
    /** Starts a new team: a root agent that belongs to the user. */
    spawn(command: SpawnCommandInput): Promise<Result<AgentRecord>>;
    find(agent: string): Promise<Result<AgentRecord>>;
    /** All teams, depth first, oldest team first; or one team. */
    tree(root?: string): Promise<readonly AgentTreeRow[]>;
    turns(agent: string): Promise<Result<readonly TurnRecord[]>>;
    transcript(agent: string): Promise<Result<readonly TranscriptEntry[]>>;
    /** Ends an agent and all below it; keeps their work, returns their budgets. */
    stop(agent: string, reason: string): Promise<Result<AgentRecord>>;
    /** Resolves with the agent's record once it has ended. */
    whenEnded(agent: string, signal?: AbortSignal): Promise<Result<AgentRecord>>;
  };
  readonly messages: {
    send(command: SendCommandInput): Promise<Result<MessageRecord>>;
    /** In order of sending; of one agent (sent or received), or of all. */
    list(agent?: string): Promise<Result<readonly MessageRecord[]>>;
  };
  readonly budgets: {
    list(agent?: string): Promise<Result<readonly BudgetRecord[]>>;
    ledger(agent: string): Promise<Result<readonly BudgetEntry[]>>;
  };
  readonly worktrees: {
    list(): Promise<readonly WorktreeRecord[]>;
    diff(agent: string): Promise<Result<WorkDiff>>;
    patch(agent: string): Promise<Result<string>>;
    readFileAt(commit: string, path: string): Promise<Uint8Array | undefined>;
    /** Merges a root's work into the user's branch, then removes the team's merged worktrees where nothing is lost. */
    merge(agent: string): Promise<Result<MergeReport>>;
  };
  /** Goes on with every agent that a stop or a crash left unfinished. */
  start(): Promise<void>;
  /** Parks every agent where it stands and closes the store; nothing outlives it. */
  stop(): Promise<void>;
}

/** How an engine is opened on a folder. */
export interface EngineOptions {
  /** A folder in the repository. */
  readonly folder: string;
  /** `lead` takes the repository's lock and may write; `read` opens the store as it is on disk. */
  readonly access: "lead" | "read";
  readonly settings: EngineSettings;
}

export interface EngineSettings {
  /** Agents that run at the same time; the others queue. */
  readonly slots: number;
  /** Levels below a root. */
  readonly maxDepth: number;
  readonly maxChildren: number;
  /** Turns after which an agent is stopped. */
  readonly maxTurns: number;
  /** Folder that `script/FILE` is relative to; absolute. */
  readonly scriptFolder: string;
}

export const defaultSettings = {
  slots: 8,
  maxDepth: 8,
  maxChildren: 16,
  maxTurns: 200,
  budgetUsd: 5_000_000,
  budgetTokens: 10_000_000,
} as const;
