import { z } from "zod";
import { type InboxMessage, inboxMessageSchema, type TranscriptEntry } from "../../../src/protocol/transcript.ts";

const waited = z.object({ messages: z.array(inboxMessageSchema) });

/** What an entry of a transcript brought its agent, at once and in this order; nothing where it brought nothing. */
export function broughtBy(entry: TranscriptEntry): readonly InboxMessage[] {
  if (entry.kind === "messages") return entry.messages;
  const waits = entry.kind === "tool_result" && (entry.tool === "wait" || entry.tool === "ask") && !entry.isError;
  return waits ? waited.parse(JSON.parse(entry.content)).messages : [];
}
