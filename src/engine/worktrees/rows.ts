import { z } from "zod";
import { type WorktreeRecord, worktreeRecordSchema } from "../../protocol/records.ts";
import type { WorktreeStatus } from "../../protocol/words.ts";
import type { Reader, SqlValue, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";

/** A worktree's record with the half of a merge's intent that is nobody else's business. */
export const worktreeRowSchema = worktreeRecordSchema.extend({
  /** While `merging` and after: the target's tip before the merge. */
  targetBefore: z.string().nullable(),
});
export type WorktreeRow = z.infer<typeof worktreeRowSchema>;

/** Without what is this room's own business. */
export const recordOf = (row: WorktreeRow): WorktreeRecord => {
  const { targetBefore: _, ...record } = row;
  return record;
};

export const worktreeTables: readonly TeamTable[] = [{ name: "worktrees", owner: "agent_id", key: ["agent_id"] }];

const COLUMNS = `agent_id AS agentId, path, branch, status, base_commit AS baseCommit, target_branch AS targetBranch,
  head_commit AS headCommit, snapshot_commit AS snapshotCommit, merge_commit AS mergeCommit,
  target_before AS targetBefore, created_at AS createdAt`;

export const rowOf = (reader: Reader, agentId: string): Promise<WorktreeRow | undefined> =>
  reader.get(worktreeRowSchema, `SELECT ${COLUMNS} FROM worktrees WHERE agent_id = +?`, [agentId]);

export const rowOfBranch = (reader: Reader, branch: string): Promise<WorktreeRow | undefined> =>
  reader.get(worktreeRowSchema, `SELECT ${COLUMNS} FROM worktrees WHERE branch = +?`, [branch]);

export const allRows = (reader: Reader): Promise<WorktreeRow[]> =>
  reader.all(worktreeRowSchema, `SELECT ${COLUMNS} FROM worktrees ORDER BY created_at, agent_id`);

/** Merges that were begun and not finished, oldest first; only those into one branch when it is given. */
export const mergingRows = (reader: Reader, targetBranch?: string): Promise<WorktreeRow[]> =>
  targetBranch === undefined
    ? reader.all(
        worktreeRowSchema,
        `SELECT ${COLUMNS} FROM worktrees WHERE status = 'merging' ORDER BY updated_at, agent_id`,
      )
    : reader.all(
        worktreeRowSchema,
        `SELECT ${COLUMNS} FROM worktrees WHERE status = 'merging' AND target_branch = ? ORDER BY updated_at, agent_id`,
        [targetBranch],
      );

/** Inserts a row in status `creating`. */
export async function insertRow(
  tx: Transaction,
  row: Pick<WorktreeRow, "agentId" | "path" | "branch" | "baseCommit" | "targetBranch" | "createdAt">,
): Promise<void> {
  await tx.run(
    `INSERT INTO worktrees (agent_id, path, branch, status, base_commit, target_branch, created_at, updated_at)
     VALUES (?, ?, ?, 'creating', ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER))`,
    [row.agentId, row.path, row.branch, row.baseCommit, row.targetBranch, row.createdAt, row.createdAt],
  );
}

/** Work that is being merged, or was, keeps the target it was merged into. */
export async function retargetRow(tx: Transaction, agentId: string, targetBranch: string, now: number): Promise<void> {
  await tx.run(
    `UPDATE worktrees SET target_branch = ?, updated_at = CAST(? AS INTEGER)
     WHERE agent_id = ? AND status NOT IN ('merging', 'merged', 'removed')`,
    [targetBranch, now, agentId],
  );
}

/** What may change in a row; what is absent stays. */
export interface RowChange {
  readonly headCommit?: string;
  readonly snapshotCommit?: string;
  readonly mergeCommit?: string | null;
  readonly targetBefore?: string | null;
}

/** Changes a row without moving it. */
export const changeRow = (tx: Transaction, agentId: string, at: number, change: RowChange): Promise<number> =>
  update(tx, agentId, at, columnsOf(change));

/** Moves a row to a status and says so in the event log, in the same transaction. */
export async function moveRow(
  tx: Transaction,
  agentId: string,
  at: number,
  to: WorktreeStatus,
  reason: string | null,
  change: RowChange = {},
): Promise<void> {
  await update(tx, agentId, at, [["status", to], ...columnsOf(change)]);
  await tx.emit({ type: "worktree.moved", agentId, to, reason });
}

type Column = readonly [name: string, value: SqlValue];

function columnsOf(change: RowChange): Column[] {
  const columns: Column[] = [];
  if (change.headCommit !== undefined) columns.push(["head_commit", change.headCommit]);
  if (change.snapshotCommit !== undefined) columns.push(["snapshot_commit", change.snapshotCommit]);
  if (change.mergeCommit !== undefined) columns.push(["merge_commit", change.mergeCommit]);
  if (change.targetBefore !== undefined) columns.push(["target_before", change.targetBefore]);
  return columns;
}

function update(tx: Transaction, agentId: string, at: number, columns: readonly Column[]): Promise<number> {
  const assignments = columns.map(([name]) => `${name} = ?`).join(", ");
  return tx.run(`UPDATE worktrees SET ${assignments}, updated_at = CAST(? AS INTEGER) WHERE agent_id = ?`, [
    ...columns.map(([, value]) => value),
    at,
    agentId,
  ]);
}
