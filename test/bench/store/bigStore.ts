import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** How big a store is made. */
export interface BigStore {
  readonly agents: number;
  readonly messages: number;
  readonly turns: number;
  /** Bytes of a message's body, on average. */
  readonly bodyBytes: number;
}

export const tenThousandAgents: BigStore = { agents: 10_000, messages: 100_000, turns: 200_000, bodyBytes: 2048 };

const TEAMS = 20;
const HIRES = 4;
const START = 1_800_000_000_000;

/** The shape of an id of the engine's: as long, as even, and the same at every call. */
const idOf = (kind: string, index: number, length: number): string =>
  createHash("sha256").update(`${kind} ${index}`).digest("hex").slice(0, length);

/** As a time-ordered id: the first characters rise. */
const timedId = (kind: string, index: number): string =>
  `${(START + index).toString(16).padStart(12, "0")}-${idOf(kind, index, 23)}`;

const WORDS = "the parser reads every line of a file and says which of them it could not make sense of ".repeat(60);
const textOf = (index: number, length: number): string => WORDS.slice(index % 80, (index % 80) + length);

interface Placed {
  readonly id: string;
  readonly root: string;
  readonly parent: number | null;
  readonly depth: number;
}

/** Agents in the order in which they are hired, in teams: each hires up to four, and so on downwards. */
function placeAgents(count: number): readonly Placed[] {
  const placed: Placed[] = [];
  for (let index = 0; index < count; index++) {
    const id = idOf("agent", index, 10);
    const place = Math.floor(index / TEAMS);
    const parent = place === 0 ? null : Math.floor((place - 1) / HIRES) * TEAMS + (index % TEAMS);
    const above = parent === null ? undefined : placed[parent];
    placed.push({ id, root: above?.root ?? id, parent, depth: above === undefined ? 0 : above.depth + 1 });
  }
  return placed;
}

/**
 * Fills a migrated database with rows as the engine writes them, through the same triggers: every turn is held and
 * settled, every message sent and processed, and most agents have ended.
 */
export function fill(database: DatabaseSync, size: BigStore): void {
  database.exec("PRAGMA foreign_keys = ON; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
  const agents = placeAgents(size.agents);
  fillAgents(database, agents);
  fillTurns(database, agents, size.turns);
  fillMessages(database, agents, size);
  endAgents(database, agents);
  database.exec("COMMIT");
}

function fillAgents(database: DatabaseSync, agents: readonly Placed[]): void {
  const insert = database.prepare(
    `INSERT INTO agents (id, parent_id, root_id, depth, name, role, task, model, status, created_at)
     VALUES (?, ?, ?, ?, ?, 'coder', ?, 'anthropic/claude-sonnet-5-5', 'pending', ?)`,
  );
  const budget = database.prepare(
    "INSERT INTO budgets (agent_id, unit, allocated, change, changed_at) VALUES (?, ?, ?, 'allocate', ?)",
  );
  const worktree = database.prepare(
    `INSERT INTO worktrees (agent_id, path, branch, status, base_commit, target_branch, created_at, updated_at)
     VALUES (?, ?, ?, 'isolated', ?, 'main', ?, ?)`,
  );
  for (const [index, { id, root, parent, depth }] of agents.entries()) {
    const at = START + index;
    const above = parent === null ? null : (agents[parent]?.id ?? null);
    insert.run(id, above, root, depth, `coder-${index}`, textOf(index, 300), at);
    const share = 2 ** (44 - 3 * depth);
    for (const unit of ["usd", "tokens"]) budget.run(id, unit, share, at);
    const branch = `banyan/coder-${index}-${id}`;
    worktree.run(
      id,
      `/home/somebody/project/.banyan/worktrees/coder-${index}-${id}`,
      branch,
      idOf("c", index, 40),
      at,
      at,
    );
    emit(database, at, id, "agent.spawned", { agentId: id, parentId: above, name: `coder-${index}` });
  }
  database.exec("UPDATE agents SET status = 'running', started_at = created_at + 5");
}

/** As the engine does: of the events, the newest are kept. */
function emit(database: DatabaseSync, at: number, agentId: string, type: string, payload: object): void {
  const { lastInsertRowid } = database
    .prepare("INSERT INTO events (at, agent_id, type, payload) VALUES (?, ?, ?, ?)")
    .run(at, agentId, type, JSON.stringify({ type, ...payload }));
  const seq = Number(lastInsertRowid);
  if (seq % 1000 === 0) database.prepare("DELETE FROM events WHERE seq <= ?").run(seq - 20_000);
}

function fillTurns(database: DatabaseSync, agents: readonly Placed[], turns: number): void {
  const hold = database.prepare(
    `UPDATE budgets SET reserved = reserved + ?, change = 'hold', reference = ?, changed_at = ?
     WHERE agent_id = ? AND unit = ?`,
  );
  const settle = database.prepare(
    `UPDATE budgets SET reserved = reserved - ?, used = used + ?, own_used = own_used + ?, change = 'settle',
       reference = ?, changed_at = ? WHERE agent_id = ? AND unit = ?`,
  );
  const insert = database.prepare(
    `INSERT INTO turns (id, agent_id, number, attempt, status, held_usd, held_tokens, input_tokens, output_tokens,
       cache_read_tokens, cost_usd, stop_reason, input_offset, input_length, input_checksum, reply_offset, reply_length,
       reply_checksum, started_at, ended_at)
     VALUES (?, ?, ?, 1, 'completed', ?, ?, ?, ?, ?, ?, 'tool_use', ?, 700, ?, ?, 1300, ?, ?, ?)`,
  );
  const call = database.prepare(
    `INSERT INTO tool_calls (id, turn_id, agent_id, ordinal, tool, status, result_offset, result_length,
       result_checksum, started_at, ended_at) VALUES (?, ?, ?, 0, 'read_file', 'succeeded', ?, 400, ?, ?, ?)`,
  );
  const checkpoint = database.prepare(
    `INSERT INTO checkpoints (id, agent_id, number, turn_id, transcript_length, snapshot_commit, state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, '{"phase":"completed","pendingTools":[]}', ?)`,
  );
  for (let index = 0; index < turns; index++) {
    const id = agents[index % agents.length]?.id ?? "";
    const turn = timedId("turn", index);
    const number = Math.floor(index / agents.length) + 1;
    const at = START + 20_000 + index * 3;
    const usd = 20_000 + (index % 9_000);
    const tokens = 6_000 + (index % 3_000);
    for (const [unit, amount] of [
      ["usd", usd],
      ["tokens", tokens],
    ] as const) {
      hold.run(amount * 3, turn, at, id, unit);
      settle.run(amount * 3, amount, amount, turn, at + 2, id, unit);
    }
    const offset = number * 2048;
    insert.run(
      turn,
      id,
      number,
      usd * 3,
      tokens * 3,
      tokens - 500,
      400,
      100,
      usd,
      offset,
      index * 7919,
      offset + 700,
      (index * 104_729) % 2 ** 32,
      at,
      at + 2,
    );
    call.run(timedId("call", index), turn, id, offset + 2000, index * 31_337, at, at + 1);
    checkpoint.run(timedId("checkpoint", index), id, number, turn, offset + 2048, idOf("s", index, 40), at + 2);
    emit(database, at + 1, id, "turn.replied", {
      agentId: id,
      turnId: turn,
      number,
      tools: ["read_file"],
      tokens,
      costUsd: usd,
    });
    emit(database, at + 2, id, "turn.completed", { agentId: id, turnId: turn, number });
  }
}

function fillMessages(
  database: DatabaseSync,
  agents: readonly Placed[],
  { messages, bodyBytes, turns }: BigStore,
): void {
  const thread = database.prepare("INSERT INTO message_threads (id, root_id, subject, created_at) VALUES (?, ?, ?, ?)");
  const send = database.prepare(
    `INSERT INTO messages (id, thread_id, sender_id, recipient_id, relation, kind, priority, body, payload, status,
       attempts, due_at, turn_id, deduplication_key, sent_at, delivered_at, processed_at)
     VALUES (?, ?, ?, ?, ?, ?, 2, ?, NULL, ?, 1, ?, ?, ?, ?, ?, ?)`,
  );
  for (let index = 0; index < messages; index++) {
    const agent = agents[index % agents.length];
    if (agent === undefined) throw new Error("there are no agents");
    const round = Math.floor(index / agents.length);
    const at = START + 30_000 + index * 5;
    const threadId = timedId("thread", round < 2 ? index : index % (2 * agents.length));
    if (round < 2) thread.run(threadId, agent.root, textOf(index, 60), at);
    const sender = agent.parent === null ? null : (agents[agent.parent]?.id ?? null);
    const processed = index % 50 !== 0;
    const body = textOf(index, Math.floor(bodyBytes / 2) + ((index * 7919) % bodyBytes));
    send.run(
      timedId("message", index),
      threadId,
      sender,
      agent.id,
      sender === null ? "user" : "parent",
      round === 0 ? "task" : "note",
      body,
      processed ? "processed" : "pending",
      at,
      processed ? timedId("turn", index % turns) : null,
      timedId("call", index),
      at,
      processed ? at + 1 : null,
      processed ? at + 2 : null,
    );
    emit(database, at, agent.id, "message.sent", {
      agentId: sender,
      messageId: timedId("message", index),
      recipientId: agent.id,
      kind: "note",
      priority: "normal",
    });
    if (processed)
      emit(database, at + 2, agent.id, "message.processed", {
        agentId: agent.id,
        messageId: timedId("message", index),
      });
  }
}

/** Nine of ten agents have ended, those at the bottom first. */
function endAgents(database: DatabaseSync, agents: readonly Placed[]): void {
  const end = database.prepare("UPDATE agents SET status = 'completed', ended_at = ?, result = ? WHERE id = ?");
  const close = database.prepare(
    "UPDATE budgets SET state = 'closed', change = 'close', reference = NULL, changed_at = ? WHERE agent_id = ?",
  );
  const at = START + 10_000_000;
  const ended = agents.filter(({ depth }, index) => depth > 1 || index % 2 === 1).filter(({ depth }) => depth > 0);
  for (const [index, { id }] of [...ended].sort((a, b) => b.depth - a.depth).entries()) {
    end.run(
      at,
      JSON.stringify({ status: "completed", summary: textOf(index, 200), files: ["src/a.ts", "src/b.ts"] }),
      id,
    );
    close.run(at, id);
  }
}
