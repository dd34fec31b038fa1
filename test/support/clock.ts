import type { Clock } from "../../src/base/clock.ts";

export interface FakeClock extends Clock {
  /** Moves time on; sleeps that are over by then resolve, earliest first. */
  advance(ms: number): void;
  /** Sleeps under way. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved. */
export function createFakeClock(start = 1_800_000_000_000): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    get sleeping() {
      return sleepers.size;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          until: now + ms,
          wake: () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        sleepers.add(sleeper);
      }),
    advance(ms) {
      now += ms;
      const due = [...sleepers].filter((sleeper) => sleeper.until <= now).sort((a, b) => a.until - b.until);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
