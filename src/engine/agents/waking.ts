import type { AgentRecord } from "../../protocol/records.ts";
import type { Parts } from "./parts.ts";

interface WakingStore {
  readonly store: Pick<Parts["store"], "onEvent" | "read">;
  readonly inbox: Pick<Parts["inbox"], "returned">;
}

/** Wakes agents for which something came up, as events tell it, and those whose time has come. */
export function createWaking(parts: Pick<Parts, "wake" | "clock"> & WakingStore) {
  const { store, inbox, wake, clock } = parts;
  const closing = new AbortController();
  /** The team of each agent that was heard of: one that has ended may be opened again. */
  const teams = new Map<string, string>();
  const teamOf = (agentId: string): string => teams.get(agentId) ?? agentId;
  const wakeAgent = (agentId: string) => wake(agentId, teamOf(agentId));

  /** Resolves when it is time. A timer may go off a little early, by the clock that everything else goes by. */
  const sleepUntil = async (at: number): Promise<void> => {
    for (let now = clock.now(); now < at; now = clock.now()) await clock.sleep(at - now, closing.signal);
  };

  /** Milliseconds since the Unix epoch. One for which nothing has come goes on waiting. */
  const wakeAt = (agentId: string, at: number): void => {
    sleepUntil(at).then(
      () => wakeAgent(agentId),
      () => {},
    );
  };

  const listening = store.onEvent((event) => {
    switch (event.type) {
      case "agent.spawned":
        teams.set(event.agentId, event.parentId === null ? event.agentId : teamOf(event.parentId));
        wakeAgent(event.agentId);
        break;
      case "agent.moved":
        if (event.waitsUntil !== undefined) wakeAt(event.agentId, event.waitsUntil);
        break;
      case "message.sent":
        wakeAgent(event.recipientId);
        break;
      case "message.sent_again":
        wakeAgent(event.agentId);
        break;
      case "message.returned":
        if (event.error !== null) wakeAt(event.agentId, event.dueAt);
        break;
      case "budget.raised":
        wakeAgent(event.agentId);
        break;
      default:
    }
  });

  return {
    /** Wakes those that a stop or a crash left unfinished, now and when their time comes. */
    async begin(unfinished: readonly AgentRecord[]): Promise<void> {
      for (const { id, rootId } of unfinished) teams.set(id, rootId);
      for (const { id, waitsUntil } of unfinished) {
        wakeAgent(id);
        if (waitsUntil !== null) wakeAt(id, waitsUntil);
      }
      for (const { recipientId, dueAt } of await store.read((reader) => inbox.returned(reader))) {
        wakeAt(recipientId, dueAt);
      }
    },
    stop(): void {
      listening.dispose();
      closing.abort();
    },
  };
}
