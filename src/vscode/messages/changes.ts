import type { EngineEvent } from "../../protocol/events.ts";
import type { MessagesChange } from "../../protocol/messagesView.ts";

/** Ids beyond which a change is told as one of everything. */
const MANY = 500;

/** What happened since the view was told the last time. */
export interface ChangeCollector {
  add(change: MessagesChange | undefined): void;
  /** Everything since the last call; undefined where there is nothing. */
  take(): MessagesChange | undefined;
}

export const everything: MessagesChange = { messages: null, agents: true };

export function createChangeCollector(): ChangeCollector {
  let ids: Set<string> | null = new Set();
  let agents = false;
  return {
    add(change) {
      if (change === undefined) return;
      agents ||= change.agents;
      if (change.messages === null || ids === null) ids = null;
      else for (const id of change.messages) ids.add(id);
      if (ids !== null && ids.size > MANY) ids = null;
    },
    take() {
      const change = { messages: ids === null ? null : [...ids], agents };
      ids = new Set();
      agents = false;
      return change.messages?.length === 0 && !change.agents ? undefined : change;
    },
  };
}

/** What an event changes of what the view shows. */
export function changeOf(event: EngineEvent): MessagesChange | undefined {
  switch (event.type) {
    case "message.sent":
    case "message.processed":
    case "message.returned":
    case "message.dead":
    case "message.sent_again":
    case "message.discarded":
      return { messages: [event.messageId], agents: false };
    case "message.delivered":
      return { messages: event.messageIds, agents: false };
    case "team.archived":
    case "team.restored":
      return everything;
    default:
      return undefined;
  }
}
