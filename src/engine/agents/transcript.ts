import {
  type ReplyEntry,
  type ToolCallBlock,
  type ToolResultEntry,
  type TranscriptEntry,
  toolCallsOf,
  transcriptEntrySchema,
} from "../../protocol/transcript.ts";
import { restingTools } from "../../protocol/words.ts";
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

/**
 * Where an agent stands: what was said, and what comes next. What was committed is the truth: a run reads it from the
 * disk when it begins, and replaces it by the one that a commit led to, when that has resolved.
 */
export interface Stand {
  readonly transcript: readonly TranscriptEntry[];
  readonly open: OpenTurn | null;
  readonly next: { readonly number: number; readonly attempt: number };
  /** Bytes of the content file that rows refer to. */
  readonly contentEnd: number;
}

/** In the middle of a turn. */
export interface OpenStand extends Stand {
  readonly open: OpenTurn;
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
  const reply = lastReply(entries);
  if (turn === undefined || turn.record.status !== "replied" || reply === undefined) return null;
  const { id, number } = turn.record;
  const rows = calls.filter((call) => call.turnId === id);
  return { id, number, calls: withBlocks(rows, reply) };
}

function withBlocks(rows: readonly ToolCallRow[], reply: ReplyEntry): OpenTurn["calls"] {
  const blocks = toolCallsOf(reply);
  return rows.flatMap((row) => {
    const block = blocks[row.ordinal];
    return block === undefined ? [] : [{ row, block }];
  });
}

export const lastReply = (entries: readonly TranscriptEntry[]): ReplyEntry | undefined =>
  entries.findLast((entry) => entry.kind === "reply");

/** Whether the last thing that an agent did was to rest: what came meanwhile is to be taken. */
export function hasRested(entries: readonly TranscriptEntry[]): boolean {
  const since = entries.slice(entries.findLastIndex(({ kind }) => kind === "reply") + 1);
  return since.some((entry) => entry.kind === "tool_result" && restingTools.includes(entry.tool) && !entry.isError);
}

function nextAttempt(last: Turn | undefined): Stand["next"] {
  if (last === undefined) return { number: 1, attempt: 1 };
  const { number, attempt, status } = last.record;
  const again = status === "failed" || status === "unconfirmed" || status === "calling";
  return again ? { number, attempt: attempt + 1 } : { number: number + 1, attempt: 1 };
}

/** A turn whose reply was committed. */
export interface RepliedTurn {
  readonly id: string;
  readonly number: number;
  /** What it took in, before the reply. */
  readonly input: readonly TranscriptEntry[];
  readonly reply: ReplyEntry;
  readonly calls: readonly ToolCallRow[];
  readonly contentEnd: number;
}

/** The stand that a reply leads to. */
export function afterReply(stand: Stand, turn: RepliedTurn): Stand {
  const { id, number, input, reply, calls, contentEnd } = turn;
  return {
    transcript: [...stand.transcript, ...input, reply],
    open: calls.length === 0 ? null : { id, number, calls: withBlocks(calls, reply) },
    next: { number: number + 1, attempt: 1 },
    contentEnd,
  };
}

/** The stand that an attempt leads to which brought no reply. */
export const afterFailedAttempt = (stand: Stand): Stand => ({
  ...stand,
  next: { ...stand.next, attempt: stand.next.attempt + 1 },
});

/** A result of a call, as it was appended to the content file. */
export interface StoredResult {
  readonly row: ToolCallRow;
  readonly status: "succeeded" | "failed" | "interrupted";
  readonly entry: ToolResultEntry;
  readonly ref: ContentRef;
}

/** The stand that results of its open turn lead to; the results stand in the order of the calls, whenever they came. */
export function afterResults(stand: OpenStand, results: readonly StoredResult[]): OpenStand {
  const { open } = stand;
  const said = stand.transcript.findLastIndex((entry) => entry.kind === "reply") + 1;
  const before = open.calls.filter(({ row }) => row.result !== null).map(({ row }) => row.id);
  const entries = new Map(stand.transcript.slice(said).map((entry, index) => [before[index], entry]));
  const stored = new Map(results.map((result) => [result.row.id, result]));
  for (const { row, entry } of results) entries.set(row.id, entry);
  const calls = open.calls.map((call) => {
    const result = stored.get(call.row.id);
    return result === undefined ? call : { ...call, row: { ...call.row, status: result.status, result: result.ref } };
  });
  return {
    ...stand,
    transcript: [...stand.transcript.slice(0, said), ...calls.flatMap(({ row }) => entries.get(row.id) ?? [])],
    open: { ...open, calls },
    contentEnd: Math.max(stand.contentEnd, ...results.map(({ ref }) => ref.offset + ref.length)),
  };
}

/** The stand in which the open turn is over. */
export const afterTurn = (stand: Stand): Stand => ({ ...stand, open: null });
