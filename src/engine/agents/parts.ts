import type { Clock } from "../../base/clock.ts";
import type { Ids } from "../../base/ids.ts";
import type { Logger } from "../../base/log.ts";
import type { Budgets } from "../budgets/budgets.ts";
import type { SpendingCaps } from "../budgets/caps.ts";
import type { Prices } from "../budgets/prices.ts";
import type { DeadLetters } from "../messages/deadLetters.ts";
import type { Inbox } from "../messages/inbox.ts";
import type { MessageLimits } from "../messages/limits.ts";
import type { Threads } from "../messages/threads.ts";
import type { Models } from "../models/models.ts";
import type { Roles } from "../roles/roles.ts";
import type { ContentFiles } from "../store/content.ts";
import type { Store } from "../store/port.ts";
import type { Toolbox } from "../tools/registry.ts";
import type { Worktrees } from "../worktrees/port.ts";
import type { AgentTable } from "./agents.ts";
import type { AgentLimits } from "./limits.ts";
import type { TurnTable } from "./turns.ts";

/** What the functions of this room work with. */
export interface Parts {
  readonly store: Store;
  readonly content: ContentFiles;
  readonly agents: AgentTable;
  readonly turns: TurnTable;
  readonly budgets: Budgets;
  readonly inbox: Inbox;
  readonly threads: Threads;
  readonly deadLetters: DeadLetters;
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
  /** Something came up for an agent of a team: it runs as soon as there is a slot. */
  readonly wake: (agentId: string, rootId: string) => void;
  /**
   * Stops the runs of these agents and waits until none is under way; none of them is started again until `release`.
   * With patience, in milliseconds, the step under way may be done first.
   */
  readonly halt: (agentIds: readonly string[], patienceMs?: number) => Promise<void>;
  readonly release: (agentIds: readonly string[]) => void;
}
