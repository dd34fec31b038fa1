import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";

/** One agent's run under way. */
interface Running {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

export interface Supervisor {
  /** From now on agents that were woken get slots. */
  start(): void;
  /** Something came up for an agent: it runs as soon as there is a slot. */
  wake(agentId: string): void;
  /** Stops the runs of these agents and waits until none is under way; none starts again until `release`. */
  halt(agentIds: readonly string[]): Promise<void>;
  release(agentIds: readonly string[]): void;
  /** Stops every run and waits for it; nothing starts afterwards. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** Agents that run at the same time; the others queue, first come first served. */
  readonly slots: number;
  /** Runs one agent until it waits or ends; rejects when the signal aborts. */
  readonly run: (agentId: string, signal: AbortSignal) => Promise<void>;
  /** A run threw something that nobody expected. */
  readonly onCrash: (agentId: string, error: unknown) => Promise<void>;
  /** Whether what a run threw passes by itself, as a full disk does: the agent pauses, and goes on from its checkpoint. */
  readonly passes: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Milliseconds until a run that ended on something passing is tried again: the first time, and at the most. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Gives slots to agents. An agent that is woken while it runs is looked at once more when that run has ended; one that
 * pauses holds no slot.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, log } = options;
  const closing = new AbortController();
  /** How long an agent paused last. */
  const pauses = new Map<string, number>();
  const queue = new Set<string>();
  const running = new Map<string, Running>();
  const wokenMeanwhile = new Set<string>();
  const halted = new Map<string, number>();
  let open = false;

  const enqueue = (agentId: string): void => {
    if (running.has(agentId)) wokenMeanwhile.add(agentId);
    else queue.add(agentId);
    fillSlots();
  };

  const pause = (agentId: string, error: unknown): void => {
    const ms = Math.min(LONGEST_PAUSE_MS, 2 * (pauses.get(agentId) ?? FIRST_PAUSE_MS / 2));
    pauses.set(agentId, ms);
    log.warn("an agent pauses", { agent: agentId, reason: messageOf(error), forMs: ms });
    clock.sleep(ms, closing.signal).then(
      () => enqueue(agentId),
      () => {},
    );
  };

  const settle = async (agentId: string, error: unknown): Promise<void> => {
    if (options.passes(error)) pause(agentId, error);
    else await options.onCrash(agentId, error);
  };

  const begin = (agentId: string): void => {
    const controller = new AbortController();
    const done = options
      .run(agentId, controller.signal)
      .then(() => void pauses.delete(agentId))
      .catch(async (error: unknown) => {
        if (!controller.signal.aborted) await settle(agentId, error);
      })
      .catch((error: unknown) => {
        if (options.passes(error)) pause(agentId, error);
        else log.error("an agent could not be ended", error, { agent: agentId });
      })
      .then(() => {
        running.delete(agentId);
        if (wokenMeanwhile.delete(agentId)) queue.add(agentId);
        fillSlots();
      });
    running.set(agentId, { controller, done });
  };

  const fillSlots = (): void => {
    for (const agentId of queue) {
      if (!open || running.size >= options.slots) return;
      if (halted.has(agentId)) continue;
      queue.delete(agentId);
      begin(agentId);
    }
  };

  const abort = async (agentIds: readonly string[]): Promise<void> => {
    const runs = agentIds.flatMap((id) => running.get(id) ?? []);
    for (const run of runs) run.controller.abort(new Error("the agent was stopped"));
    await Promise.all(runs.map((run) => run.done));
  };

  return {
    start() {
      open = true;
      fillSlots();
    },
    wake: enqueue,
    async halt(agentIds) {
      for (const id of agentIds) halted.set(id, (halted.get(id) ?? 0) + 1);
      await abort(agentIds);
    },
    release(agentIds) {
      for (const id of agentIds) {
        const holders = (halted.get(id) ?? 1) - 1;
        if (holders === 0) halted.delete(id);
        else halted.set(id, holders);
      }
      fillSlots();
    },
    async stop() {
      open = false;
      closing.abort();
      queue.clear();
      await abort([...running.keys()]);
    },
  };
}
