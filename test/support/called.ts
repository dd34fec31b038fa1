import { type ToolCallBlock, type TranscriptEntry, toolCallsOf } from "../../src/protocol/transcript.ts";

/** A call that a transcript holds, with its answer. */
export interface Called {
  readonly tool: string;
  readonly input: unknown;
  readonly answer: string;
  /** Also one that was cut off, and may have had its effect. */
  readonly failed: boolean;
}

/** Every call that was answered, in order. */
export function callsIn(transcript: readonly TranscriptEntry[]): readonly Called[] {
  const called: Called[] = [];
  let open = new Map<string, ToolCallBlock>();
  for (const entry of transcript) {
    // The ids of calls are their reply's own.
    if (entry.kind === "reply") open = new Map(toolCallsOf(entry).map((call) => [call.id, call]));
    if (entry.kind !== "tool_result") continue;
    const call = open.get(entry.callId);
    if (call === undefined) continue;
    called.push({ tool: call.tool, input: call.input, answer: entry.content, failed: entry.isError });
  }
  return called;
}
