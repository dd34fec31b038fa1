import { z } from "zod";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { type AgentRecord, type AgentTreeRow, type ArchivedTeam, archivedTeamSchema } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import { budgetTables } from "../budgets/budgets.ts";
import { messageTables } from "../messages/rows.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";
import { worktreeTables } from "../worktrees/rows.ts";
import { agentTable, namedBy } from "./agents.ts";
import { bringBackRows, columnsOf, copiesAsTable, copyRows, deleteCopies, deleteRows } from "./archivedRows.ts";
import { firstLine } from "./firstLine.ts";
import type { Parts } from "./parts.ts";
import { agentTree, treeFrom } from "./tree.ts";
import { turnTables } from "./turns.ts";

/**
 * Teams that are put away: their rows leave the tables that are read all day, in one transaction, and come back as they
 * were in another. Worktrees, branches, snapshots and what was said stay where they are. SQL of the table
 * `archived_teams`.
 */

export interface ArchiveCommands {
  /** Puts the whole team of an agent away; refuses one of which somebody has not ended. */
  archive(agent: string): Promise<Result<ArchivedTeam>>;
  /** Brings a team back, named by an agent's id, the start of one, or its root's name. Answers the root. */
  restore(team: string): Promise<Result<AgentRecord>>;
  /** The teams that were put away, newest first. */
  archived(): Promise<readonly ArchivedTeam[]>;
  /** One of them as it was, depth first, without bringing it back. */
  archivedTeam(team: string): Promise<Result<readonly AgentTreeRow[]>>;
}

/** What agents have, each table after those that it refers to. */
const belongings: readonly TeamTable[] = [...budgetTables, ...turnTables, ...messageTables, ...worktreeTables];

/** What comes back. Who is above whom is recorded anew when the agents do. */
export const archivedTables: readonly TeamTable[] = [agentTable, ...belongings];
/** What is put away: also the figures as they stand, to be looked at. */
const copiedTables: readonly TeamTable[] = [agentTree, ...archivedTables];

const TEAM_COLUMNS = `root_id AS "rootId", name, task, status, agents, turns, tokens, cost_usd AS "costUsd",
  created_at AS "createdAt", ended_at AS "endedAt", archived_at AS "archivedAt"`;

/** For each source, what the values of its rows are. */
const columnsSchema = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.array(z.string())));

export function createArchiveCommands(
  parts: Parts,
  find: (agent: string) => Promise<Result<AgentRecord>>,
): ArchiveCommands {
  const { store } = parts;
  const findArchived = async (team: string): Promise<Result<ArchivedTeam>> => {
    const [first, second] = await store.read((reader) => matchingArchived(reader, team));
    if (first === undefined) return refuse("not_found", `There is no archived team "${team}": see banyan archived.`);
    if (second === undefined || first.rootId === team) return ok(first);
    return refuse("not_found", `"${team}" fits several archived teams. Give an id: see banyan archived.`);
  };
  return {
    async archive(agent) {
      const found = await find(agent);
      return found.ok ? archiveTeam(parts, found.value.rootId) : found;
    },
    async restore(team) {
      const found = await findArchived(team);
      return found.ok ? store.attempt((tx) => bringBack(parts, tx, found.value)) : found;
    },
    archived: () =>
      store.read((reader) =>
        reader.all(
          archivedTeamSchema,
          `SELECT ${TEAM_COLUMNS} FROM archived_teams ORDER BY archived_at DESC, created_at DESC, root_id`,
        ),
      ),
    async archivedTeam(team) {
      const found = await findArchived(team);
      if (!found.ok) return found;
      return ok(await store.read((reader) => archivedTree(reader, found.value.rootId)));
    },
  };
}

/** By the id of any of its agents, the start of one, or the root's name; every one that fits, the root's own id first. */
export const matchingArchived = (reader: Reader, team: string): Promise<ArchivedTeam[]> =>
  reader.all(
    archivedTeamSchema,
    `SELECT ${TEAM_COLUMNS} FROM archived_teams
     WHERE name = ?1 OR root_id IN (SELECT root_id FROM archived_rows WHERE source = 'agents' AND key = ?1)
       OR root_id IN (SELECT root_id FROM archived_rows WHERE source = 'agents' AND key >= ?2 AND key < ?2 || ?3)
     ORDER BY (root_id = ?1) DESC, created_at, root_id`,
    namedBy(team),
  );

/** Nobody of the team runs and nobody works in its worktrees while it goes. */
async function archiveTeam(parts: Parts, rootId: string): Promise<Result<ArchivedTeam>> {
  const rows = await parts.store.read((reader) => parts.agents.tree(reader, rootId));
  const unready = refuseUnready(rows);
  if (unready !== undefined) return unready;
  const ids = rows.map(({ id }) => id);
  await parts.halt(ids);
  try {
    return await parts.worktrees.holding(ids, () => parts.store.attempt((tx) => putAway(parts, tx, rootId)));
  } finally {
    parts.release(ids);
  }
}

function refuseUnready(rows: readonly AgentTreeRow[]): Result<never> | undefined {
  const open = rows.find(({ status }) => !isEnded(status));
  if (open !== undefined) {
    return refuse(
      "illegal_move",
      `${open.name} is still at work (${open.status}): a team is archived when all of it has ended. Wait, or stop it first.`,
    );
  }
  const merging = rows.find(({ worktree }) => worktree?.status === "merging");
  if (merging === undefined) return undefined;
  return refuse("illegal_move", `The merge of ${merging.name} is not finished: merge it again, then archive its team.`);
}

/** In the caller's transaction, which is to be rolled back on a refusal. */
export async function putAway(
  { agents, clock }: Pick<Parts, "agents" | "clock">,
  tx: Transaction,
  rootId: string,
): Promise<Result<ArchivedTeam>> {
  const rows = await agents.tree(tx, rootId);
  const [root] = rows;
  if (root === undefined) return refuse("not_found", `There is no team ${rootId} any more: see banyan tree.`);
  const unready = refuseUnready(rows);
  if (unready !== undefined) return unready;
  const columns: Record<string, readonly string[]> = {};
  for (const { name } of copiedTables) columns[name] = await columnsOf(tx, name);
  const team = summaryOf(root, rows, clock.now());
  await insertTeam(tx, team, columns);
  for (const table of copiedTables) await copyRows(tx, table, columns[table.name] ?? [], rootId);
  for (const table of belongings.toReversed()) await deleteRows(tx, table, rootId);
  await agents.forgetTeam(tx, rootId);
  await tx.emit({ type: "team.archived", agentId: rootId, name: root.name });
  return ok(team);
}

function summaryOf(root: AgentTreeRow, rows: readonly AgentTreeRow[], now: number): ArchivedTeam {
  const { figures } = root;
  return archivedTeamSchema.parse({
    rootId: root.id,
    name: root.name,
    task: firstLine(root.task),
    status: root.status,
    agents: figures.subtreeAgents,
    turns: figures.subtreeTurns,
    tokens: figures.subtreeTokens,
    costUsd: figures.subtreeCostUsd,
    createdAt: root.createdAt,
    endedAt: Math.max(...rows.map(({ endedAt }) => endedAt ?? 0)),
    archivedAt: now,
  });
}

async function insertTeam(
  tx: Transaction,
  team: ArchivedTeam,
  columns: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await tx.run(
    `INSERT INTO archived_teams (root_id, name, task, status, agents, turns, tokens, cost_usd, created_at, ended_at,
       archived_at, columns)
     VALUES (?, ?, ?, ?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), ?, ?, ?, ?)`,
    [
      team.rootId,
      team.name,
      team.task,
      team.status,
      team.agents,
      team.turns,
      team.tokens,
      team.costUsd,
      team.createdAt,
      team.endedAt,
      team.archivedAt,
      JSON.stringify(columns),
    ],
  );
}

/** Undefined where the team is not archived. */
async function copiedColumns(reader: Reader, rootId: string) {
  const row = await reader.get(
    z.object({ columns: columnsSchema }),
    "SELECT columns FROM archived_teams WHERE root_id = ?",
    [rootId],
  );
  return row?.columns;
}

export async function bringBack(
  { agents }: Pick<Parts, "agents">,
  tx: Transaction,
  { rootId, name }: Pick<ArchivedTeam, "rootId" | "name">,
): Promise<Result<AgentRecord>> {
  const columns = await copiedColumns(tx, rootId);
  if (columns === undefined) return refuse("not_found", `The team of ${name} was brought back already.`);
  for (const table of archivedTables) {
    const copied = columns[table.name];
    if (copied !== undefined) await bringBackRows(tx, table.name, copied, rootId);
  }
  await deleteCopies(tx, rootId);
  await tx.run("DELETE FROM archived_teams WHERE root_id = ?", [rootId]);
  await tx.emit({ type: "team.restored", agentId: rootId, name });
  return ok(await agents.require(tx, rootId));
}

async function archivedTree(reader: Reader, rootId: string): Promise<readonly AgentTreeRow[]> {
  const columns = await copiedColumns(reader, rootId);
  if (columns === undefined) return [];
  const copied = columns[agentTree.name] ?? [];
  return treeFrom(reader, copiesAsTable(agentTree.name, await columnsOf(reader, agentTree.name), copied), [rootId]);
}
