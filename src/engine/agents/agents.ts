import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { AgentRecord, AgentResult, AgentTreeRow } from "../../protocol/records.ts";
import { isEnded, type PermissionMode, userWaits } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";
import { AGENT_COLUMNS, agentRow } from "./agentRows.ts";
import { type Move, moveAgent } from "./lifecycle.ts";
import { agentTree, treeFrom } from "./tree.ts";

/** SQL of the tables `agents` and `hierarchy`. */

export interface NewAgent {
  readonly id: string;
  readonly parent: AgentRecord | null;
  readonly name: string;
  readonly role: string;
  readonly task: string;
  readonly model: string;
  /** Null: all there are. */
  readonly tools: readonly string[] | null;
  readonly mode: PermissionMode;
  /** What it is told of its role and its project; null: nothing. */
  readonly brief: string | null;
}

export interface AgentTable {
  insert(tx: Transaction, agent: NewAgent): Promise<AgentRecord>;
  get(reader: Reader, id: string): Promise<AgentRecord | undefined>;
  /** Throws where there is none: for ids that the engine itself handed out. */
  require(reader: Reader, id: string): Promise<AgentRecord>;
  /** What it was told of its role and its project when it was hired; null where that was nothing. */
  brief(reader: Reader, id: string): Promise<string | null>;
  /** By id, the start of an id, or name; every one that fits. */
  matching(reader: Reader, agent: string): Promise<AgentRecord[]>;
  children(reader: Reader, parentId: string): Promise<AgentRecord[]>;
  /** The agent itself and all below it, deepest first. */
  subtree(reader: Reader, id: string): Promise<AgentRecord[]>;
  /** Those above it, its root first. */
  ancestors(reader: Reader, id: string): Promise<AgentRecord[]>;
  team(reader: Reader, rootId: string): Promise<AgentRecord[]>;
  /** The agent of a team with this id or name. */
  member(reader: Reader, rootId: string, agent: string): Promise<AgentRecord | undefined>;
  /** Names in a team that begin so, in their order; at most so many. */
  names(reader: Reader, rootId: string, start: string, limit: number): Promise<string[]>;
  unfinished(reader: Reader): Promise<AgentRecord[]>;
  /** Every team that has not ended, roots alone. */
  openRoots(reader: Reader): Promise<AgentRecord[]>;
  /** Those that have been at work for so many milliseconds; what they waited for the user, and were paused, not counted. */
  atWorkFor(reader: Reader, ms: number): Promise<AgentRecord[]>;
  waitingForBudget(reader: Reader): Promise<AgentRecord[]>;
  tree(reader: Reader, rootId?: string): Promise<AgentTreeRow[]>;
  /** Deletes the agents of a team, and who was above whom; nothing may refer to them any more. */
  forgetTeam(tx: Transaction, rootId: string): Promise<void>;
  /** The only way an agent's status changes. Throws on a move that isn't legal. */
  move(
    tx: Transaction,
    id: string,
    move: Move,
    because: { reason: string | null; result?: AgentResult },
  ): Promise<AgentRecord>;
  /** Makes an agent a child of its parent's parent: what is below it, and its allocation, go with it. */
  handOver(tx: Transaction, agent: AgentRecord, from: AgentRecord): Promise<void>;
}

export const agentTable: TeamTable = {
  name: "agents",
  owner: "id",
  key: ["id"],
  order: ["depth", "created_at", "id"],
};

/** Characters of an id that may stand for it; and a character that comes after all that an id has. */
const SHORTEST_START = 3;
const LAST_CHARACTER = "~";

/** What an agent may be called by, as parameters: its id or name; a range of ids that begin so, where that is enough. */
export const namedBy = (agent: string) => [agent, agent.length < SHORTEST_START ? null : agent, LAST_CHARACTER];

export function createAgentTable(clock: Clock): AgentTable {
  const get = (reader: Reader, id: string) =>
    reader.get(agentRow, `SELECT ${AGENT_COLUMNS} FROM agents WHERE id = ?`, [id]);

  const require = async (reader: Reader, id: string): Promise<AgentRecord> => {
    const agent = await get(reader, id);
    if (agent === undefined) throw new Error(`there is no agent ${id}`);
    return agent;
  };

  return {
    get,
    require,

    async insert(tx, agent) {
      const brief = agent.brief === null ? null : createHash("sha256").update(agent.brief).digest("hex");
      if (brief !== null) {
        await tx.run("INSERT INTO briefs (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", [
          brief,
          agent.brief,
        ]);
      }
      await tx.run(
        `INSERT INTO agents (id, parent_id, root_id, depth, name, role, task, model, tools, mode, brief, status, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)`,
        [
          agent.id,
          agent.parent?.id ?? null,
          agent.parent?.rootId ?? agent.id,
          agent.parent === null ? 0 : agent.parent.depth + 1,
          agent.name,
          agent.role,
          agent.task,
          agent.model,
          agent.tools === null ? null : JSON.stringify(agent.tools),
          agent.mode,
          brief,
          clock.now(),
        ],
      );
      await tx.emit({ type: "agent.spawned", agentId: agent.id, parentId: agent.parent?.id ?? null, name: agent.name });
      return require(tx, agent.id);
    },

    async brief(reader, id) {
      const row = await reader.get(
        z.object({ text: z.string() }),
        "SELECT text FROM agents JOIN briefs ON hash = brief WHERE id = ?",
        [id],
      );
      return row?.text ?? null;
    },

    matching: (reader, agent) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM agents WHERE id = ?1 OR name = ?1 OR (id >= ?2 AND id < ?2 || ?3)
         ORDER BY (id = ?1) DESC, created_at, id`,
        namedBy(agent),
      ),

    children: (reader, parentId) =>
      reader.all(agentRow, `SELECT ${AGENT_COLUMNS} FROM agents WHERE parent_id = +? ORDER BY created_at, id`, [
        parentId,
      ]),

    subtree: (reader, id) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM hierarchy JOIN agents ON agents.id = descendant_id
         WHERE ancestor_id = +? ORDER BY distance DESC, created_at, id`,
        [id],
      ),

    ancestors: (reader, id) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM hierarchy JOIN agents ON agents.id = ancestor_id
         WHERE descendant_id = +? AND distance > 0 ORDER BY distance DESC`,
        [id],
      ),

    team: (reader, rootId) =>
      reader.all(agentRow, `SELECT ${AGENT_COLUMNS} FROM agents WHERE root_id = +? ORDER BY depth, created_at, id`, [
        rootId,
      ]),

    member: (reader, rootId, agent) =>
      reader.get(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM agents WHERE id = ?2 AND root_id = ?1 OR root_id = ?1 AND name = ?2`,
        [rootId, agent],
      ),

    async names(reader, rootId, start, limit) {
      const rows = await reader.all(
        z.object({ name: z.string() }),
        "SELECT name FROM agents WHERE root_id = +? AND name >= +? AND name < +? || +? ORDER BY name LIMIT +?",
        [rootId, start, start, LAST_CHARACTER, limit],
      );
      return rows.map(({ name }) => name);
    },

    unfinished: (reader) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM agents WHERE status IN ('pending', 'running', 'waiting') ORDER BY created_at, id`,
      ),

    openRoots: (reader) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM agents
         WHERE status IN ('pending', 'running', 'waiting', 'paused') AND depth = 0 ORDER BY created_at, id`,
      ),

    atWorkFor: (reader, ms) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM agents
         WHERE status IN ('pending', 'running', 'waiting') AND started_at + rested_ms <= +?
           AND coalesce(waiting_for, '') NOT IN (${listOf(userWaits)})
         ORDER BY depth DESC, created_at, id`,
        [clock.now() - ms],
      ),

    waitingForBudget: (reader) =>
      reader.all(
        agentRow,
        `SELECT ${AGENT_COLUMNS} FROM agents WHERE status = 'waiting' AND waiting_for = 'budget' ORDER BY created_at, id`,
      ),

    tree: (reader, rootId) =>
      rootId === undefined
        ? treeFrom(reader, agentTree.name)
        : treeFrom(reader, `${agentTree.name} WHERE root_id = +?`, [rootId]),

    async forgetTeam(tx, rootId) {
      await tx.run("DELETE FROM hierarchy WHERE ancestor_id IN (SELECT id FROM agents WHERE root_id = +?)", [rootId]);
      await tx.run("DELETE FROM agents WHERE root_id = +?", [rootId]);
    },

    async move(tx, id, move, because) {
      const before = await require(tx, id);
      const after = moveAgent(before.status, move);
      if (!after.legal) throw new Error(`agent ${id} is ${before.status} and can't ${move.type}`);
      const now = clock.now();
      const reopened = move.type === "reopen";
      const until = move.type === "wait" ? (move.until ?? null) : null;
      await tx.run(
        `UPDATE agents SET status = ?1, waiting_for = ?2, reason = ?3, result = ?4,
           started_at = iif(?5, NULL, coalesce(started_at, ?6)), ended_at = ?7,
           rested_ms = iif(?5, 0, rested_ms + iif(?8, max(0, ?9 - coalesce(moved_at, ?9)), 0)), moved_at = ?9,
           turns_before = iif(?5, (SELECT coalesce(max(number), 0) FROM turns WHERE turns.agent_id = agents.id), turns_before),
           waits_until = ?11, awaits_answer_to = ?12
         WHERE id = ?10`,
        [
          after.status,
          after.waitingFor,
          because.reason,
          because.result === undefined ? null : JSON.stringify(because.result),
          reopened ? 1 : 0,
          move.type === "start" ? now : before.startedAt,
          isEnded(after.status) ? now : null,
          isResting(before) ? 1 : 0,
          now,
          id,
          until,
          move.type === "wait" ? (move.answerTo ?? null) : null,
        ],
      );
      if (after.status !== before.status || because.reason !== before.reason || until !== before.waitsUntil) {
        await tx.emit({
          type: "agent.moved",
          agentId: id,
          from: before.status,
          to: after.status,
          waitingFor: after.waitingFor,
          ...(until === null ? {} : { waitsUntil: until }),
          reason: because.reason,
        });
      }
      return require(tx, id);
    },

    async handOver(tx, agent, from) {
      if (from.parentId === null) throw new Error(`agent ${from.id} has no parent to hand ${agent.id} over to`);
      await tx.run("UPDATE agents SET parent_id = ?, handed_over_at = ? WHERE id = ?", [
        from.parentId,
        clock.now(),
        agent.id,
      ]);
      await tx.emit({ type: "agent.handed_over", agentId: agent.id, from: from.id, to: from.parentId });
    },
  };
}

/** Time in which an agent can't go on, and not by its own fault. */
const isResting = ({ status, waitingFor }: AgentRecord): boolean =>
  status === "paused" || userWaits.some((reason) => reason === waitingFor);

const listOf = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(", ");
