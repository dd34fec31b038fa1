import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { Ids } from "../../base/ids.ts";
import { type TurnRecord, turnRecordSchema } from "../../protocol/records.ts";
import type { StopReason, Usage } from "../../protocol/transcript.ts";
import type { Amounts } from "../budgets/ledger.ts";
import { type ContentRef, contentRefSchema } from "../store/content.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";

/** SQL of the tables `turns`, `tool_calls` and `checkpoints`. */

/** A turn as the loop needs it: what was said lies in the agent's content file. */
export interface Turn {
  readonly record: TurnRecord;
  readonly held: Amounts;
  readonly input: ContentRef | null;
  readonly reply: ContentRef | null;
}

export interface ToolCallRow {
  readonly id: string;
  readonly turnId: string;
  readonly ordinal: number;
  readonly tool: string;
  readonly status: "pending" | "running" | "succeeded" | "failed" | "interrupted";
  readonly result: ContentRef | null;
  /** When it was announced, or began to wait; null where it did neither. Milliseconds since the Unix epoch. */
  readonly startedAt: number | null;
}

export interface ToolCallOutcome {
  readonly id: string;
  readonly status: "succeeded" | "failed" | "interrupted";
  readonly result: ContentRef;
}

/** Where an agent stood at its last commit. */
export interface Checkpoint {
  readonly number: number;
  readonly turnId: string;
  /** Bytes of the content file that belong to the transcript. */
  readonly transcriptLength: number;
  readonly snapshotCommit: string | null;
}

export interface TurnTable {
  /** Every attempt, in order. */
  all(reader: Reader, agentId: string): Promise<Turn[]>;
  toolCalls(reader: Reader, agentId: string): Promise<ToolCallRow[]>;
  /** Begins an attempt at a turn, its hold already booked. */
  begin(
    tx: Transaction,
    turn: { id: string; agentId: string; number: number; attempt: number; held: Amounts },
  ): Promise<void>;
  /** Answers the calls of tools that the reply asked for, in their order. */
  reply(
    tx: Transaction,
    turn: {
      id: string;
      agentId: string;
      usage: Usage;
      costUsd: number | null;
      stopReason: StopReason;
      input: ContentRef | null;
      reply: ContentRef;
      tools: readonly string[];
    },
  ): Promise<ToolCallRow[]>;
  fail(tx: Transaction, turnId: string, failure: string, status: "failed" | "unconfirmed"): Promise<void>;
  announce(tx: Transaction, toolCallId: string): Promise<void>;
  /** Keeps when a call began to wait: its time limit counts from there. */
  beginWait(tx: Transaction, toolCallId: string): Promise<void>;
  finishCalls(tx: Transaction, outcomes: readonly ToolCallOutcome[]): Promise<void>;
  complete(tx: Transaction, turnId: string): Promise<void>;
  /** Model calls under way, of one agent or of all. */
  calling(reader: Reader, agentId?: string): Promise<{ id: string; agentId: string; number: number }[]>;
  checkpoint(
    tx: Transaction,
    at: { agentId: string; turnId: string; transcriptLength: number; snapshotCommit: string | null; state: unknown },
  ): Promise<void>;
  lastCheckpoint(reader: Reader, agentId: string): Promise<Checkpoint | undefined>;
}

export const turnTables: readonly TeamTable[] = [
  { name: "turns", owner: "agent_id", key: ["id"] },
  { name: "tool_calls", owner: "agent_id", key: ["id"] },
  { name: "checkpoints", owner: "agent_id", key: ["id"] },
];

const TURN_COLUMNS = `id, agent_id AS "agentId", number, attempt, status, input_tokens AS "inputTokens",
  output_tokens AS "outputTokens", cache_read_tokens AS "cacheReadTokens", cache_write_tokens AS "cacheWriteTokens",
  cost_usd AS "costUsd", stop_reason AS "stopReason", failure, started_at AS "startedAt", ended_at AS "endedAt",
  held_usd AS "heldUsd", held_tokens AS "heldTokens",
  input_offset AS "inputOffset", input_length AS "inputLength", input_checksum AS "inputChecksum",
  reply_offset AS "replyOffset", reply_length AS "replyLength", reply_checksum AS "replyChecksum"`;

const part = z.int().nullable();

const turnRow = turnRecordSchema
  .extend({
    heldUsd: z.int(),
    heldTokens: z.int(),
    inputOffset: part,
    inputLength: part,
    inputChecksum: part,
    replyOffset: part,
    replyLength: part,
    replyChecksum: part,
  })
  .transform((row): Turn => {
    const { heldUsd, heldTokens, ...rest } = row;
    return {
      record: turnRecordSchema.parse(rest),
      held: { usd: heldUsd, tokens: heldTokens },
      input: refOf(row.inputOffset, row.inputLength, row.inputChecksum),
      reply: refOf(row.replyOffset, row.replyLength, row.replyChecksum),
    };
  });

const toolCallRow = z
  .object({
    id: z.string(),
    turnId: z.string(),
    ordinal: z.int(),
    tool: z.string(),
    status: z.enum(["pending", "running", "succeeded", "failed", "interrupted"]),
    offset: part,
    length: part,
    checksum: part,
    startedAt: part,
  })
  .transform(
    ({ offset, length, checksum, ...row }): ToolCallRow => ({ ...row, result: refOf(offset, length, checksum) }),
  );

function refOf(offset: number | null, length: number | null, checksum: number | null): ContentRef | null {
  return offset === null ? null : contentRefSchema.parse({ offset, length, checksum });
}

const CALL_COLUMNS = `id, agent_id AS "agentId", number`;
const callRow = z.object({ id: z.string(), agentId: z.string(), number: z.int() });

const checkpointRow = z.object({
  number: z.int(),
  turnId: z.string(),
  transcriptLength: z.int(),
  snapshotCommit: z.string().nullable(),
});

export function createTurnTable(clock: Clock, ids: Ids): TurnTable {
  return {
    lastCheckpoint: (reader, agentId) =>
      reader.get(
        checkpointRow,
        `SELECT number, turn_id AS "turnId", transcript_length AS "transcriptLength", snapshot_commit AS "snapshotCommit"
         FROM checkpoints WHERE agent_id = +? ORDER BY number DESC LIMIT 1`,
        [agentId],
      ),

    all: (reader, agentId) =>
      reader.all(turnRow, `SELECT ${TURN_COLUMNS} FROM turns WHERE agent_id = +? ORDER BY number, attempt`, [agentId]),

    toolCalls: (reader, agentId) =>
      reader.all(
        toolCallRow,
        `SELECT tool_calls.id, turn_id AS "turnId", ordinal, tool, tool_calls.status, result_offset AS "offset",
           result_length AS "length", result_checksum AS "checksum", tool_calls.started_at AS "startedAt"
         FROM turns JOIN tool_calls ON turn_id = turns.id
         WHERE turns.agent_id = +? ORDER BY number, attempt, ordinal`,
        [agentId],
      ),

    async begin(tx, turn) {
      await tx.run(
        `INSERT INTO turns (id, agent_id, number, attempt, status, held_usd, held_tokens, started_at)
         VALUES (?, ?, ?, ?, 'calling', ?, ?, ?)`,
        [turn.id, turn.agentId, turn.number, turn.attempt, turn.held.usd, turn.held.tokens, clock.now()],
      );
    },

    async reply(tx, turn) {
      await tx.run(
        `UPDATE turns SET status = 'replied', input_tokens = ?, output_tokens = ?, cache_read_tokens = ?,
           cache_write_tokens = ?, cost_usd = ?, stop_reason = ?, input_offset = ?, input_length = ?,
           input_checksum = ?, reply_offset = ?, reply_length = ?, reply_checksum = ?
         WHERE id = ?`,
        [
          turn.usage.inputTokens,
          turn.usage.outputTokens,
          turn.usage.cacheReadTokens,
          turn.usage.cacheWriteTokens,
          turn.costUsd,
          turn.stopReason,
          turn.input?.offset ?? null,
          turn.input?.length ?? null,
          turn.input?.checksum ?? null,
          turn.reply.offset,
          turn.reply.length,
          turn.reply.checksum,
          turn.id,
        ],
      );
      const calls = turn.tools.map(
        (tool, ordinal): ToolCallRow => ({
          id: ids.unique(),
          turnId: turn.id,
          ordinal,
          tool,
          status: "pending",
          result: null,
          startedAt: null,
        }),
      );
      for (const { id, ordinal, tool } of calls) {
        await tx.run(
          "INSERT INTO tool_calls (id, turn_id, agent_id, ordinal, tool, status) VALUES (?, ?, ?, ?, ?, 'pending')",
          [id, turn.id, turn.agentId, ordinal, tool],
        );
      }
      return calls;
    },

    async fail(tx, turnId, failure, status) {
      await tx.run("UPDATE turns SET status = ?, failure = ?, ended_at = ? WHERE id = ?", [
        status,
        failure,
        clock.now(),
        turnId,
      ]);
    },

    async announce(tx, toolCallId) {
      await tx.run("UPDATE tool_calls SET status = 'running', started_at = ? WHERE id = ?", [clock.now(), toolCallId]);
    },

    async beginWait(tx, toolCallId) {
      await tx.run("UPDATE tool_calls SET started_at = coalesce(started_at, ?) WHERE id = ?", [
        clock.now(),
        toolCallId,
      ]);
    },

    async finishCalls(tx, outcomes) {
      for (const outcome of outcomes) {
        await tx.run(
          `UPDATE tool_calls SET status = ?, result_offset = ?, result_length = ?, result_checksum = ?, ended_at = ?
           WHERE id = ?`,
          [
            outcome.status,
            outcome.result.offset,
            outcome.result.length,
            outcome.result.checksum,
            clock.now(),
            outcome.id,
          ],
        );
      }
    },

    async complete(tx, turnId) {
      await tx.run("UPDATE turns SET status = 'completed', ended_at = ? WHERE id = ?", [clock.now(), turnId]);
    },

    calling: (reader, agentId) =>
      agentId === undefined
        ? reader.all(callRow, `SELECT ${CALL_COLUMNS} FROM turns WHERE status = 'calling' ORDER BY started_at, id`)
        : reader.all(callRow, `SELECT ${CALL_COLUMNS} FROM turns WHERE agent_id = +? AND status = 'calling'`, [
            agentId,
          ]),

    async checkpoint(tx, at) {
      await tx.run(
        `INSERT INTO checkpoints (id, agent_id, number, turn_id, transcript_length, snapshot_commit, state, created_at)
         VALUES (
           ?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM checkpoints WHERE agent_id = +?2), ?3, ?4,
           coalesce(?5, (SELECT snapshot_commit FROM checkpoints WHERE agent_id = +?2 ORDER BY number DESC LIMIT 1)),
           ?6, ?7
         )`,
        [
          ids.unique(),
          at.agentId,
          at.turnId,
          at.transcriptLength,
          at.snapshotCommit,
          JSON.stringify(at.state),
          clock.now(),
        ],
      );
    },
  };
}
