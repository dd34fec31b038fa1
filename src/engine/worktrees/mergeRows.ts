import { z } from "zod";
import { type MergeRecord, mergeRecordSchema } from "../../protocol/records.ts";
import type { Reader, Transaction } from "../store/port.ts";

/** A merge with what is this room's own business. */
const mergeRowSchema = mergeRecordSchema.extend({
  /** The worktree's `mergeBase` before. */
  mergeBaseBefore: z.string().nullable(),
  /** The repository's own hooks haven't agreed to it yet. */
  awaitsHooks: z.int(),
});
export type MergeRow = z.infer<typeof mergeRowSchema>;

export const mergeRecordOf = (row: MergeRow): MergeRecord => {
  const { mergeBaseBefore: _, awaitsHooks: __, ...record } = row;
  return record;
};

const COLUMNS = `id, agent_id AS agentId, target_branch AS targetBranch, manner, state, source_commit AS sourceCommit,
  merged_commit AS mergedCommit, merge_base_before AS mergeBaseBefore, target_before AS targetBefore,
  merge_commit AS mergeCommit, awaits_hooks AS awaitsHooks, reason, begun_at AS begunAt, ended_at AS endedAt`;

/** Of one agent's work, or of all; oldest first. */
export const mergeRows = (reader: Reader, agentId?: string): Promise<MergeRow[]> =>
  agentId === undefined
    ? reader.all(mergeRowSchema, `SELECT ${COLUMNS} FROM merges ORDER BY seq`)
    : reader.all(mergeRowSchema, `SELECT ${COLUMNS} FROM merges WHERE agent_id = +? ORDER BY seq`, [agentId]);

/** The one that was recorded and not yet made or taken back. */
export const intendedMerge = (reader: Reader, agentId: string): Promise<MergeRow | undefined> =>
  reader.get(mergeRowSchema, `SELECT ${COLUMNS} FROM merges WHERE agent_id = +? AND state = 'intended'`, [agentId]);

/** Those whose undoing was begun and not finished, oldest first. */
export const undoingMerges = (reader: Reader): Promise<MergeRow[]> =>
  reader.all(mergeRowSchema, `SELECT ${COLUMNS} FROM merges WHERE state = 'undoing' ORDER BY seq`);

/** The newest that stands: made, and not undone since. */
export const lastMade = (reader: Reader, agentId: string): Promise<MergeRow | undefined> =>
  reader.get(
    mergeRowSchema,
    `SELECT ${COLUMNS} FROM merges WHERE agent_id = +? AND state IN ('made', 'undoing') ORDER BY seq DESC LIMIT 1`,
    [agentId],
  );

export async function insertMerge(tx: Transaction, row: Omit<MergeRow, "state" | "reason" | "endedAt">): Promise<void> {
  await tx.run(
    `INSERT INTO merges (id, agent_id, target_branch, manner, source_commit, merged_commit, merge_base_before,
       target_before, merge_commit, state, awaits_hooks, begun_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'intended', ?, CAST(? AS INTEGER))`,
    [
      row.id,
      row.agentId,
      row.targetBranch,
      row.manner,
      row.sourceCommit,
      row.mergedCommit,
      row.mergeBaseBefore,
      row.targetBefore,
      row.mergeCommit,
      row.awaitsHooks,
      row.begunAt,
    ],
  );
}

/** The hooks have agreed; this is the commit that they agreed to. */
export async function approveMerge(tx: Transaction, id: string, mergeCommit: string): Promise<void> {
  await tx.run("UPDATE merges SET merge_commit = ?, awaits_hooks = 0 WHERE id = ?", [mergeCommit, id]);
}

export async function endMerge(
  tx: Transaction,
  id: string,
  to: "made" | "taken_back" | "undone",
  reason: string | null,
  at: number,
): Promise<void> {
  await tx.run("UPDATE merges SET state = ?, reason = ?, ended_at = CAST(? AS INTEGER) WHERE id = ?", [
    to,
    reason,
    at,
    id,
  ]);
}

export async function beginUndoing(tx: Transaction, id: string): Promise<void> {
  await tx.run("UPDATE merges SET state = 'undoing' WHERE id = ?", [id]);
}
