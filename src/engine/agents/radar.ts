import { messageOf } from "../../base/errors.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Parts } from "./parts.ts";

/** Looks, a while after work changed, whether it collides with other work, and says so when that is another than before. */
export interface Radar {
  stop(): Promise<void>;
}

/** Milliseconds from a change to the look at it: what changes meanwhile is looked at with it. */
const DELAY_MS = 2_000;

/** What may make work collide, or no longer. */
const isChange = ({ type }: EngineEvent): boolean => type === "worktree.moved" || type === "turn.completed";

export function createRadar(parts: Parts): Radar {
  const closing = new AbortController();
  let known = "[]";
  let isAsked = false;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    while (isAsked) {
      await parts.clock.sleep(DELAY_MS, closing.signal);
      isAsked = false;
      const collisions = await parts.worktrees.collisions();
      const now = JSON.stringify(collisions);
      if (now === known || closing.signal.aborted) continue;
      known = now;
      await parts.store.transaction((tx) =>
        tx.emit({ type: "collisions.changed", agentId: null, collisions: collisions.length }),
      );
    }
  };
  const begin = () => {
    isAsked = true;
    looking ??= look()
      .catch((error: unknown) => {
        if (!closing.signal.aborted)
          parts.log.warn("Whether work collides could not be found out", { why: messageOf(error) });
      })
      .finally(() => {
        looking = undefined;
      });
  };
  const listening = parts.store.onEvent((event) => {
    if (!closing.signal.aborted && isChange(event)) begin();
  });
  return {
    async stop() {
      closing.abort();
      listening.dispose();
      await looking;
    },
  };
}
