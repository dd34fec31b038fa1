/** Which agents have a run under way. Who halts one waits until it has none, and it gets none until it is released. */
export interface Runs {
  isFree(agentId: string): boolean;
  /** Does something as the agent's own run, of which there is one at a time. */
  within<T>(agentId: string, work: () => Promise<T>): Promise<T>;
  halt(agentIds: readonly string[]): Promise<void>;
  release(agentIds: readonly string[]): void;
}

export function createRuns(): Runs {
  const running = new Map<string, Promise<unknown>>();
  const halted = new Map<string, number>();
  return {
    isFree: (agentId) => !running.has(agentId) && !halted.has(agentId),
    async within(agentId, work) {
      const run = work();
      running.set(agentId, run);
      try {
        return await run;
      } finally {
        running.delete(agentId);
      }
    },
    async halt(agentIds) {
      for (const id of agentIds) halted.set(id, (halted.get(id) ?? 0) + 1);
      await Promise.allSettled(agentIds.flatMap((id) => running.get(id) ?? []));
    },
    release(agentIds) {
      for (const id of agentIds) {
        const holders = (halted.get(id) ?? 1) - 1;
        if (holders > 0) halted.set(id, holders);
        else halted.delete(id);
      }
    },
  };
}
