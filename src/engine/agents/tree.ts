import { z } from "zod";
import { type AgentTreeRow, agentFiguresSchema } from "../../protocol/records.ts";
import { worktreeStatuses } from "../../protocol/words.ts";
import type { Reader, SqlValue } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";
import { AGENT_COLUMNS, agentRow } from "./agentRows.ts";

/** SQL of the view `agent_tree`: agents with their figures, and what is below each of them added up. */

export const agentTree: TeamTable = { name: "agent_tree", owner: "id", key: ["id"] };

/** A row of the view: the agent, what it did itself, and its worktree, beside each other. */
const treeRow = agentRow
  .extend(
    agentFiguresSchema.omit({
      costKnown: true,
      subtreeAgents: true,
      subtreeTurns: true,
      subtreeTokens: true,
      subtreeCostUsd: true,
      subtreeCostKnown: true,
    }).shape,
  )
  .extend({
    /** Replies whose cost is not known. */
    unpricedTurns: z.int(),
    branch: z.string().nullable(),
    path: z.string().nullable(),
    worktreeStatus: z.enum(worktreeStatuses).nullable(),
    mergeCommit: z.string().nullable(),
  });
type TreeRow = z.infer<typeof treeRow>;

const TREE_COLUMNS = `${AGENT_COLUMNS}, turns, unpriced_turns AS "unpricedTurns", tokens, cost_usd AS "costUsd",
  overrun_usd AS "overrunUsd", unconfirmed_usd AS "unconfirmedUsd", allocated_usd AS "allocatedUsd",
  free_usd AS "freeUsd", pending_messages AS "pendingMessages", worktree_branch AS "branch", worktree_path AS "path",
  worktree_status AS "worktreeStatus", worktree_merge_commit AS "mergeCommit"`;

/** The tree of whole teams, from a table that has what the view has. */
export async function treeFrom(
  reader: Reader,
  source: string,
  parameters: readonly SqlValue[] = [],
): Promise<AgentTreeRow[]> {
  const rows = await reader.all(treeRow, `SELECT ${TREE_COLUMNS} FROM ${source} ORDER BY created_at, id`, parameters);
  return withSubtrees(depthFirst(rows));
}

/** Orders rows so that every agent is followed by its children, oldest first. */
function depthFirst(rows: readonly TreeRow[]): TreeRow[] {
  const byParent = new Map<string | null, TreeRow[]>();
  for (const row of rows) {
    const siblings = byParent.get(row.parentId);
    if (siblings === undefined) byParent.set(row.parentId, [row]);
    else siblings.push(row);
  }
  const ordered: TreeRow[] = [];
  const toVisit = [...(byParent.get(null) ?? [])].reverse();
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    ordered.push(next);
    toVisit.push(...[...(byParent.get(next.id) ?? [])].reverse());
  }
  return ordered;
}

/** What an agent and all below it did. */
interface Subtree {
  readonly subtreeAgents: number;
  readonly subtreeTurns: number;
  readonly subtreeTokens: number;
  readonly subtreeCostUsd: number;
  readonly subtreeCostKnown: boolean;
}

const nothing: Subtree = {
  subtreeAgents: 0,
  subtreeTurns: 0,
  subtreeTokens: 0,
  subtreeCostUsd: 0,
  subtreeCostKnown: true,
};

const plus = (a: Subtree, b: Subtree): Subtree => ({
  subtreeAgents: a.subtreeAgents + b.subtreeAgents,
  subtreeTurns: a.subtreeTurns + b.subtreeTurns,
  subtreeTokens: a.subtreeTokens + b.subtreeTokens,
  subtreeCostUsd: a.subtreeCostUsd + b.subtreeCostUsd,
  subtreeCostKnown: a.subtreeCostKnown && b.subtreeCostKnown,
});

/** Adds up from below: of whole teams in depth-first order, the last row has nothing below it. */
function withSubtrees(rows: readonly TreeRow[]): AgentTreeRow[] {
  const below = new Map<string, Subtree>();
  const done = rows.toReversed().map((row) => {
    const own = {
      subtreeAgents: 1,
      subtreeTurns: row.turns,
      subtreeTokens: row.tokens,
      subtreeCostUsd: row.costUsd,
      subtreeCostKnown: row.unpricedTurns === 0,
    };
    const subtree = plus(own, below.get(row.id) ?? nothing);
    if (row.parentId !== null) below.set(row.parentId, plus(subtree, below.get(row.parentId) ?? nothing));
    return toTreeRow(row, subtree);
  });
  return done.reverse();
}

function toTreeRow(row: TreeRow, subtree: Subtree): AgentTreeRow {
  const { turns, unpricedTurns, tokens, costUsd, overrunUsd, unconfirmedUsd, ...spent } = row;
  const { allocatedUsd, freeUsd, pendingMessages, ...rest } = spent;
  const { branch, path, worktreeStatus: status, mergeCommit, ...agent } = rest;
  const own = { turns, tokens, costUsd, costKnown: unpricedTurns === 0, overrunUsd, unconfirmedUsd };
  const figures = { ...own, allocatedUsd, freeUsd, pendingMessages, ...subtree };
  const worktree = branch === null || path === null || status === null ? null : { branch, path, status, mergeCommit };
  return { ...agent, figures, worktree };
}
