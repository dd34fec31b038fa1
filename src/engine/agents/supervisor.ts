import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { createFairQueue } from "./fairQueue.ts";

/** What a run is told from outside. */
export interface RunSignals {
  /** Stop at once. */
  readonly stop: AbortSignal;
  /** Stop when the step under way is done. */
  readonly rest: AbortSignal;
}

/** One agent's run under way. */
interface Running {
  readonly teamId: string;
  readonly stop: AbortController;
  readonly rest: AbortController;
  readonly done: Promise<void>;
}

export interface Supervisor {
  /** From now on agents that were woken get slots. */
  start(): void;
  /** Something came up for an agent: it runs as soon as there is a slot for its team. */
  wake(agentId: string, teamId: string): void;
  /**
   * Stops the runs of these agents and waits until none is under way; none starts again until `release`. With
   * `patienceMs` the step under way may be done first, as long as it takes no longer.
   */
  halt(agentIds: readonly string[], patienceMs?: number): Promise<void>;
  release(agentIds: readonly string[]): void;
  /** Stops every run and waits for it; nothing starts afterwards. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** Agents that run at the same time; the others queue. */
  readonly slots: number;
  /** Runs one agent until it waits or ends; rejects when it is stopped. */
  readonly run: (agentId: string, signals: RunSignals) => Promise<void>;
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
 * Gives slots to agents, fairly by team. An agent that is woken while it runs is looked at once more when that run has
 * ended; one that pauses holds no slot.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, log } = options;
  const closing = new AbortController();
  /** How long an agent paused last. */
  const pauses = new Map<string, number>();
  const queue = createFairQueue();
  const running = new Map<string, Running>();
  const wokenMeanwhile = new Set<string>();
  /** By agent: how many want it halted. */
  const halted = new Map<string, number>();
  /** Those that ran or were in line when they were halted, or were woken since: with their teams. */
  const heldBack = new Map<string, string>();
  let open = false;

  const enqueue = (agentId: string, teamId: string): void => {
    if (closing.signal.aborted) return;
    if (running.has(agentId)) wokenMeanwhile.add(agentId);
    else if (halted.has(agentId)) heldBack.set(agentId, teamId);
    else queue.add(agentId, teamId);
    fillSlots();
  };

  const pause = (agentId: string, teamId: string, error: unknown): void => {
    const ms = Math.min(LONGEST_PAUSE_MS, 2 * (pauses.get(agentId) ?? FIRST_PAUSE_MS / 2));
    pauses.set(agentId, ms);
    log.warn("an agent pauses", { agent: agentId, reason: messageOf(error), forMs: ms });
    clock.sleep(ms, closing.signal).then(
      () => enqueue(agentId, teamId),
      () => {},
    );
  };

  const settle = async (agentId: string, teamId: string, error: unknown): Promise<void> => {
    if (options.passes(error)) pause(agentId, teamId, error);
    else await options.onCrash(agentId, error);
  };

  const begin = (agentId: string, teamId: string): void => {
    const stop = new AbortController();
    const rest = new AbortController();
    const done = options
      .run(agentId, { stop: stop.signal, rest: rest.signal })
      .then(() => void pauses.delete(agentId))
      .catch(async (error: unknown) => {
        if (!stop.signal.aborted) await settle(agentId, teamId, error);
      })
      .catch((error: unknown) => {
        if (options.passes(error)) pause(agentId, teamId, error);
        else log.error("an agent could not be ended", error, { agent: agentId });
      })
      .then(() => {
        running.delete(agentId);
        queue.giveBack(teamId);
        if (wokenMeanwhile.delete(agentId)) enqueue(agentId, teamId);
        fillSlots();
      });
    running.set(agentId, { teamId, stop, rest, done });
  };

  const fillSlots = (): void => {
    while (open && running.size < options.slots) {
      const next = queue.take();
      if (next === undefined) return;
      begin(next.agentId, next.teamId);
    }
  };

  const stopRuns = async (runs: readonly Running[]): Promise<void> => {
    for (const run of runs) run.stop.abort(new Error("the agent was stopped"));
    await Promise.all(runs.map((run) => run.done));
  };

  /** Resolves when all rest, or when that took too long. */
  const awaitRest = async (runs: readonly Running[], patienceMs: number): Promise<void> => {
    for (const run of runs) run.rest.abort();
    const rested = new AbortController();
    const patience = clock.sleep(patienceMs, AbortSignal.any([rested.signal, closing.signal])).catch(() => {});
    await Promise.race([Promise.all(runs.map((run) => run.done)), patience]);
    rested.abort();
  };

  return {
    start() {
      open = true;
      fillSlots();
    },
    wake: enqueue,
    async halt(agentIds, patienceMs = 0) {
      for (const id of agentIds) {
        halted.set(id, (halted.get(id) ?? 0) + 1);
        const teamId = queue.remove(id) ?? running.get(id)?.teamId;
        if (teamId !== undefined) heldBack.set(id, teamId);
      }
      const runs = agentIds.flatMap((id) => running.get(id) ?? []);
      if (patienceMs > 0 && runs.length > 0) await awaitRest(runs, patienceMs);
      await stopRuns(runs);
    },
    release(agentIds) {
      for (const id of agentIds) {
        const holders = (halted.get(id) ?? 1) - 1;
        if (holders > 0) {
          halted.set(id, holders);
          continue;
        }
        halted.delete(id);
        const teamId = heldBack.get(id);
        if (teamId !== undefined) queue.add(id, teamId);
        heldBack.delete(id);
      }
      fillSlots();
    },
    async stop() {
      open = false;
      closing.abort();
      queue.clear();
      await stopRuns([...running.values()]);
    },
  };
}
