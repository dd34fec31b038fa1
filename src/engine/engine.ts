import type { Clock } from "../base/clock.ts";
import { isDiskRefusal, type Result } from "../base/errors.ts";
import type { Event } from "../base/event.ts";
import type { Ids } from "../base/ids.ts";
import type { Logger } from "../base/log.ts";
import type { EngineEvent } from "../protocol/events.ts";
import type { AgentRecord } from "../protocol/records.ts";
import type { OwnPrices } from "../protocol/settings.ts";
import { createAgentTable } from "./agents/agents.ts";
import { createAlerts } from "./agents/alerts.ts";
import {
  type AgentCommands,
  type BudgetCommands,
  createAgentCommands,
  createBudgetCommands,
  createLookup,
  createWorktreeCommands,
  type WorktreeCommands,
} from "./agents/commands.ts";
import { type AgentLimits, defaultLimits } from "./agents/limits.ts";
import { createMessageCommands, type MessageCommands } from "./agents/messageCommands.ts";
import type { Parts } from "./agents/parts.ts";
import { createRadar } from "./agents/radar.ts";
import { failCrashed, recoverAgents } from "./agents/recovery.ts";
import { createReviewCommands, type ReviewCommands } from "./agents/reviewCommands.ts";
import { runAgent } from "./agents/run.ts";
import { createSupervisor } from "./agents/supervisor.ts";
import { keepTime } from "./agents/timekeeper.ts";
import { createTurnTable } from "./agents/turns.ts";
import { createWaking } from "./agents/waking.ts";
import { createBudgets } from "./budgets/budgets.ts";
import { noCaps, type SpendingCaps } from "./budgets/caps.ts";
import type { Prices } from "./budgets/prices.ts";
import { createDeadLetters } from "./messages/deadLetters.ts";
import { createInbox } from "./messages/inbox.ts";
import { defaultMessageLimits, type MessageLimits } from "./messages/limits.ts";
import { createThreads } from "./messages/threads.ts";
import type { Models } from "./models/models.ts";
import type { Roles } from "./roles/roles.ts";
import type { ContentFiles } from "./store/content.ts";
import { type Store, StoreUnavailableError } from "./store/port.ts";
import type { Toolbox } from "./tools/registry.ts";
import type { Worktrees } from "./worktrees/port.ts";
import { defaultSettings as defaultWorktreesSettings, type WorktreesSettings } from "./worktrees/room.ts";

/**
 * One repository's engine, in the process that runs it. Agents are named by id, by the start of an id, or by name where
 * that is unique among all teams; an unknown or ambiguous one is refused with `not_found`.
 */
export interface LocalEngine {
  readonly repository: { readonly root: string; readonly commonDir: string };
  /** What happened, each after it was made durable, in order. */
  readonly onEvent: Event<EngineEvent>;
  readonly agents: AgentCommands;
  readonly messages: MessageCommands;
  readonly budgets: BudgetCommands;
  readonly worktrees: WorktreeCommands;
  readonly reviews: ReviewCommands;
  /** Finishes the merges, and goes on with every agent, that a stop or a crash left unfinished. */
  start(): Promise<void>;
  /** Parks every agent where it stands and closes the store; nothing outlives it. */
  stop(): Promise<void>;
}

/** The same, wherever it runs. `stop` leaves it: where it runs in this process, it is stopped. */
export interface Engine extends LocalEngine {
  readonly agents: AgentCommands & {
    /** Resolves with the agent's record once it has ended; rejects with the signal's reason. */
    whenEnded(agent: string, signal?: AbortSignal): Promise<Result<AgentRecord>>;
  };
}

export interface EngineSettings {
  readonly limits: AgentLimits;
  readonly messageLimits: MessageLimits;
  readonly worktrees: WorktreesSettings;
  readonly caps: SpendingCaps;
  /** The user's own prices: they come before the table's. */
  readonly prices: OwnPrices;
  /** Folder that `script/FILE` is relative to; absolute. */
  readonly scriptFolder: string;
}

export const defaultSettings: Omit<EngineSettings, "scriptFolder"> = {
  limits: defaultLimits,
  messageLimits: defaultMessageLimits,
  worktrees: defaultWorktreesSettings,
  caps: noCaps,
  prices: {},
};

/** What an engine is made of; `open.ts` makes these for a folder. */
export interface EngineDeps {
  readonly repository: { readonly root: string; readonly commonDir: string };
  readonly store: Store;
  readonly content: ContentFiles;
  readonly worktrees: Worktrees;
  readonly models: Models;
  readonly toolbox: Toolbox;
  readonly roles: Roles;
  readonly limits: AgentLimits;
  readonly messageLimits: MessageLimits;
  readonly caps: SpendingCaps;
  readonly prices: Prices;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Throws where another process leads by now. */
  readonly assertLeading: () => void;
}

/** Wires the rooms. The engine owns its store: `stop` closes it. */
export function createEngine(deps: EngineDeps): LocalEngine {
  const { store, worktrees, clock, ids, log } = deps;
  const agents = createAgentTable(clock);
  const turns = createTurnTable(clock, ids);
  const budgets = createBudgets(clock, deps.caps);
  const inbox = createInbox(clock, ids, deps.messageLimits);
  const threads = createThreads();
  const deadLetters = createDeadLetters(clock);
  const supervisor = createSupervisor({
    slots: deps.limits.slots,
    run: (agentId, signals) => runAgent(parts, agentId, signals),
    onCrash: (agentId, error) => failCrashed(parts, agentId, error),
    passes: (error) => isDiskRefusal(error) || error instanceof StoreUnavailableError,
    clock,
    log,
  });
  const { wake, halt, release } = supervisor;
  const parts: Parts = { ...deps, agents, turns, budgets, inbox, threads, deadLetters, wake, halt, release };
  const lookup = createLookup(parts);
  const waking = createWaking(parts);
  const alerts = createAlerts(parts);
  const radar = createRadar(parts);
  const closing = new AbortController();
  let timekeeping: Promise<void> = Promise.resolve();

  return {
    repository: deps.repository,
    onEvent: store.onEvent,
    agents: createAgentCommands(parts, lookup),
    messages: createMessageCommands(parts, lookup),
    budgets: createBudgetCommands(parts, lookup),
    worktrees: createWorktreeCommands(parts, lookup),
    reviews: createReviewCommands(parts, lookup),
    async start() {
      await worktrees.recover();
      const unfinished = await recoverAgents(parts);
      await waking.begin(unfinished);
      supervisor.start();
      timekeeping = keepTime(parts, closing.signal);
    },
    async stop() {
      closing.abort();
      waking.stop();
      await supervisor.stop();
      await timekeeping;
      await alerts.stop();
      await radar.stop();
      await worktrees.dispose();
      await store.close();
    },
  };
}
