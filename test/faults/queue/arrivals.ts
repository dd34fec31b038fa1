import type { InboxMessage, TranscriptEntry } from "../../../src/protocol/transcript.ts";

/** What an entry of a transcript brought its agent, at once and in this order; nothing where it brought nothing. */
export const broughtBy = (entry: TranscriptEntry): readonly InboxMessage[] =>
  entry.kind === "messages" ? entry.messages : [];
