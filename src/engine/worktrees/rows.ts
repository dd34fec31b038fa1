import { z } from "zod";
import { type WorktreeRecord, worktreeRecordSchema } from "../../protocol/records.ts";
import type { WorktreeStatus } from "../../protocol/words.ts";
import type { Reader, SqlValue, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";

/** A worktree's record with the half of a merge's intent that is nobody else's business. */
export const worktreeRowSchema = worktreeRecordSchema.extend({
  /** While `merging` and after: the target's tip before the merge. */
  targetBefore: z.string().nullable(),
  /** Of this work, what the target has already or must not get; null: git's own merge base tells. */
  mergeBase: z.string().nullable(),
  /** While `conflicted`: the target's tip that is being merged into the branch. */
  resolvingCommit: z.string().nullable(),
});
export type WorktreeRow = z.infer<typeof worktreeRowSchema>;

/** Without what is this room's own business. */
export const recordOf = (row: WorktreeRow): WorktreeRecord => {
  const { targetBefore: _, mergeBase: __, resolvingCommit: ___, ...record } = row;
  return record;
};

export const worktreeTables: readonly TeamTable[] = [
  { name: "worktrees", owner: "agent_id", key: ["agent_id"] },
  { name: "merges", owner: "agent_id", key: ["seq"] },
  { name: "review_marks", owner: "agent_id", key: ["agent_id", "path", "hunk"] },
  { name: "review_comments", owner: "agent_id", key: ["id"] },
  { name: "review_answers", owner: "agent_id", key: ["id"] },
];

const COLUMNS = `agent_id AS agentId, path, branch, status, base_commit AS baseCommit, target_branch AS targetBranch,
  head_commit AS headCommit, snapshot_commit AS snapshotCommit, merge_commit AS mergeCommit,
  target_before AS targetBefore, merge_base AS mergeBase, carried_commit AS carriedCommit,
  resolving_commit AS resolvingCommit, ignored_commit AS ignoredCommit, removed_at AS removedAt,
  created_at AS createdAt`;

export const rowOf = (reader: Reader, agentId: string): Promise<WorktreeRow | undefined> =>
  reader.get(worktreeRowSchema, `SELECT ${COLUMNS} FROM worktrees WHERE agent_id = +?`, [agentId]);

export const rowOfBranch = (reader: Reader, branch: string): Promise<WorktreeRow | undefined> =>
  reader.get(worktreeRowSchema, `SELECT ${COLUMNS} FROM worktrees WHERE branch = +?`, [branch]);

export const allRows = (reader: Reader): Promise<WorktreeRow[]> =>
  reader.all(worktreeRowSchema, `SELECT ${COLUMNS} FROM worktrees ORDER BY created_at, agent_id`);

/** Removed worktrees of merged work that something is kept of beside their branches, the first that was removed first. */
export const purgeableRows = (reader: Reader): Promise<WorktreeRow[]> =>
  reader.all(
    worktreeRowSchema,
    `SELECT ${COLUMNS} FROM worktrees
     WHERE status = 'removed' AND merge_commit IS NOT NULL AND (snapshot_commit IS NOT NULL OR ignored_commit IS NOT NULL)
     ORDER BY removed_at, agent_id`,
  );

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
  row: Pick<WorktreeRow, "agentId" | "path" | "branch" | "baseCommit" | "targetBranch" | "carriedCommit" | "createdAt">,
): Promise<void> {
  await tx.run(
    `INSERT INTO worktrees (
       agent_id, path, branch, status, base_commit, target_branch, carried_commit, merge_base, created_at, updated_at
     ) VALUES (?1, ?2, ?3, 'creating', ?4, ?5, ?6, ?6, CAST(?7 AS INTEGER), CAST(?7 AS INTEGER))`,
    [row.agentId, row.path, row.branch, row.baseCommit, row.targetBranch, row.carriedCommit, row.createdAt],
  );
}

/**
 * From now on a row's work goes where that of an agent that ended was to go. That one's work is in it, and so are the
 * user's changes that it took along. Work that is being merged, or was, keeps the target it was merged into.
 */
export async function inheritTarget(tx: Transaction, agentId: string, ended: string, now: number): Promise<void> {
  await tx.run(
    `UPDATE worktrees SET target_branch = ended.target_branch, carried_commit = ended.carried_commit,
       merge_base = coalesce(worktrees.merge_base, ended.carried_commit), updated_at = CAST(?3 AS INTEGER)
     FROM (SELECT target_branch, carried_commit FROM worktrees WHERE agent_id = ?2) AS ended
     WHERE agent_id = ?1 AND status NOT IN ('merging', 'merged', 'removed')`,
    [agentId, ended, now],
  );
}

/** What may change in a row; what is absent stays. */
export interface RowChange {
  readonly baseCommit?: string;
  readonly targetBranch?: string;
  readonly headCommit?: string;
  readonly snapshotCommit?: string | null;
  readonly mergeCommit?: string | null;
  readonly targetBefore?: string | null;
  readonly mergeBase?: string | null;
  readonly carriedCommit?: string | null;
  readonly resolvingCommit?: string | null;
  readonly ignoredCommit?: string | null;
  readonly removedAt?: number | null;
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
  const removedAt = to === "removed" ? at : null;
  await update(tx, agentId, at, [["status", to], ...columnsOf({ removedAt, ...change })]);
  await tx.emit({ type: "worktree.moved", agentId, to, reason });
}

type Column = readonly [name: string, value: SqlValue];

/** The column of each field. */
const columnNames = {
  baseCommit: "base_commit",
  targetBranch: "target_branch",
  headCommit: "head_commit",
  snapshotCommit: "snapshot_commit",
  mergeCommit: "merge_commit",
  targetBefore: "target_before",
  mergeBase: "merge_base",
  carriedCommit: "carried_commit",
  resolvingCommit: "resolving_commit",
  ignoredCommit: "ignored_commit",
  removedAt: "removed_at",
} as const satisfies Record<keyof RowChange, string>;

const isField = (field: string): field is keyof RowChange => Object.hasOwn(columnNames, field);

const columnsOf = (change: RowChange): Column[] =>
  Object.entries(change).flatMap(([field, value]) =>
    isField(field) && value !== undefined ? [[columnNames[field], value] as const] : [],
  );

function update(tx: Transaction, agentId: string, at: number, columns: readonly Column[]): Promise<number> {
  const assignments = columns.map(
    ([name, value]) => `${name} = ${typeof value === "number" ? "CAST(? AS INTEGER)" : "?"}`,
  );
  return tx.run(
    `UPDATE worktrees SET ${[...assignments, ""].join(", ")}updated_at = CAST(? AS INTEGER) WHERE agent_id = ?`,
    [...columns.map(([, value]) => value), at, agentId],
  );
}
