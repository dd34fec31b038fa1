import {
  type ReplyEntry,
  type ToolCallBlock,
  type TranscriptEntry,
  toolCallsOf,
  transcriptEntrySchema,
} from "../../protocol/transcript.ts";
import type { ContentFiles, ContentRef } from "../store/content.ts";
import type { Reader } from "../store/port.ts";
import type { Parts } from "./parts.ts";
import type { ToolCallRow, Turn } from "./turns.ts";

/** A turn whose reply is stored and whose tools are not all done. */
export interface OpenTurn {
  readonly id: string;
  readonly number: number;
  readonly calls: readonly { readonly row: ToolCallRow; readonly block: ToolCallBlock }[];
}

/** Where an agent stands: what was said, and what comes next. */
export interface Stand {
  readonly transcript: readonly TranscriptEntry[];
  readonly open: OpenTurn | null;
  readonly next: { readonly number: number; readonly attempt: number };
  /** Bytes of the content file that rows refer to. */
  readonly contentEnd: number;
}

/** Reads an agent's stand from its rows and its content file. */
export async function readStand(parts: Parts, agentId: string): Promise<Stand> {
  const { turns, calls } = await parts.store.read((reader) => readRows(parts, reader, agentId));
  const replied = turns.filter((turn) => turn.reply !== null);
  const refs = replied.flatMap((turn) => refsOf(turn, calls));
  const entries = await readEntries(parts.content, agentId, refs);
  return {
    transcript: entries,
    open: openTurn(replied.at(-1), calls, entries),
    next: nextAttempt(turns.at(-1)),
    contentEnd: parts.content.end(refs),
  };
}

async function readRows(parts: Parts, reader: Reader, agentId: string) {
  return { turns: await parts.turns.all(reader, agentId), calls: await parts.turns.toolCalls(reader, agentId) };
}

/** A turn's records in the order in which they were said. */
function refsOf(turn: Turn, calls: readonly ToolCallRow[]): ContentRef[] {
  const results = calls.filter((call) => call.turnId === turn.record.id).map((call) => call.result);
  return [turn.input, turn.reply, ...results].filter((ref) => ref !== null);
}

async function readEntries(content: ContentFiles, agentId: string, refs: readonly ContentRef[]) {
  if (refs.length === 0) return [];
  const records = await content.read(agentId, refs);
  return records.map((record) => transcriptEntrySchema.parse(record));
}

function openTurn(turn: Turn | undefined, calls: readonly ToolCallRow[], entries: readonly TranscriptEntry[]) {
  if (turn === undefined || turn.record.status !== "replied") return null;
  const reply = lastReply(entries);
  const blocks = reply === undefined ? [] : toolCallsOf(reply);
  const rows = calls.filter((call) => call.turnId === turn.record.id);
  return {
    id: turn.record.id,
    number: turn.record.number,
    calls: rows.flatMap((row) => {
      const block = blocks[row.ordinal];
      return block === undefined ? [] : [{ row, block }];
    }),
  };
}

export const lastReply = (entries: readonly TranscriptEntry[]): ReplyEntry | undefined =>
  entries.findLast((entry) => entry.kind === "reply");

function nextAttempt(last: Turn | undefined): Stand["next"] {
  if (last === undefined) return { number: 1, attempt: 1 };
  const { number, attempt, status } = last.record;
  const again = status === "failed" || status === "unconfirmed" || status === "calling";
  return again ? { number, attempt: attempt + 1 } : { number: number + 1, attempt: 1 };
}
