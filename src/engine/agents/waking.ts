import type { AgentRecord } from "../../protocol/records.ts";
import type { Parts } from "./parts.ts";

/** Wakes agents for which something came up, as events tell it. */
export function createWaking(parts: Pick<Parts, "store" | "wake">) {
  /** The team of each agent that was heard of: one that has ended may be opened again. */
  const teams = new Map<string, string>();
  const teamOf = (agentId: string): string => teams.get(agentId) ?? agentId;

  const listening = parts.store.onEvent((event) => {
    switch (event.type) {
      case "agent.spawned":
        teams.set(event.agentId, event.parentId === null ? event.agentId : teamOf(event.parentId));
        parts.wake(event.agentId, teamOf(event.agentId));
        break;
      case "message.sent":
        parts.wake(event.recipientId, teamOf(event.recipientId));
        break;
      case "budget.raised":
        parts.wake(event.agentId, teamOf(event.agentId));
        break;
      default:
    }
  });

  return {
    /** Wakes those that a stop or a crash left unfinished. */
    begin(unfinished: readonly AgentRecord[]): void {
      for (const { id, rootId } of unfinished) teams.set(id, rootId);
      for (const { id, rootId } of unfinished) parts.wake(id, rootId);
    },
    stop: () => listening.dispose(),
  };
}
