import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Reader, SqlValue, Transaction } from "./port.ts";
import type { Statement } from "./record.ts";
import type { Sqlite } from "./sqlite.ts";

/** What one transaction has done so far. */
export interface Scope {
  open: boolean;
  readonly statements: Statement[];
  readonly events: EngineEvent[];
}

function assertOpen(scope: Scope): void {
  if (!scope.open) throw new Error("a statement came after its transaction had ended");
}

export function readerOn(database: Sqlite, scope: Scope): Reader {
  const rows = <Row>(schema: z.ZodType<Row>, sql: string, parameters: readonly SqlValue[]): Row[] => {
    assertOpen(scope);
    if (database.effectOf(sql) === "writes") throw new Error(`a read changes nothing: ${sql}`);
    return database.all(sql, parameters).map((row) => schema.parse(row));
  };
  return {
    all: async (schema, sql, parameters = []) => rows(schema, sql, parameters),
    get: async (schema, sql, parameters = []) => rows(schema, sql, parameters)[0],
  };
}

const sequence = z.object({ seq: z.int() });

/** Events that are kept: the newest. Older ones go at every so many. */
const KEPT_EVENTS = 20_000;
const PRUNE_EVERY = 1_000;

export function transactionOn(database: Sqlite, scope: Scope, clock: Clock): Transaction {
  /** What the database took is run again by a replay of the journal; what it refused is not. */
  const recorded = <T>(sql: string, parameters: readonly SqlValue[], change: () => T): T => {
    assertOpen(scope);
    database.effectOf(sql);
    const outcome = change();
    scope.statements.push({ sql, parameters });
    return outcome;
  };
  const run = (sql: string, parameters: readonly SqlValue[]): number =>
    recorded(sql, parameters, () => database.run(sql, parameters));
  const insertEvent = (parameters: readonly SqlValue[]): number => {
    const sql = "INSERT INTO events (at, agent_id, type, payload) VALUES (?, ?, ?, ?) RETURNING seq";
    const [row] = recorded(sql, parameters, () => database.all(sql, parameters));
    return sequence.parse(row).seq;
  };
  return {
    ...readerOn(database, scope),
    run: async (sql, parameters = []) => run(sql, parameters),
    async emit(body) {
      const at = clock.now();
      const seq = insertEvent([at, body.agentId, body.type, JSON.stringify(body)]);
      if (seq % PRUNE_EVERY === 0) run("DELETE FROM events WHERE seq <= ?", [seq - KEPT_EVENTS]);
      scope.events.push({ ...body, seq, at });
    },
  };
}
