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
  readonly log: Logger;
}

/** Gives slots to agents. An agent that is woken while it runs is looked at once more when that run has ended. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const queue = new Set<string>();
  const running = new Map<string, Running>();
  const wokenMeanwhile = new Set<string>();
  const halted = new Map<string, number>();
  let open = false;

  const begin = (agentId: string): void => {
    const controller = new AbortController();
    const done = options
      .run(agentId, controller.signal)
      .catch(async (error: unknown) => {
        if (!controller.signal.aborted) await options.onCrash(agentId, error);
      })
      .catch((error: unknown) => options.log.error("an agent could not be ended", error, { agent: agentId }))
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
    wake(agentId) {
      if (running.has(agentId)) wokenMeanwhile.add(agentId);
      else queue.add(agentId);
      fillSlots();
    },
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
      queue.clear();
      await abort([...running.keys()]);
    },
  };
}
