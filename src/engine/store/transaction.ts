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

export function transactionOn(database: Sqlite, scope: Scope, clock: Clock): Transaction {
  const reader = readerOn(database, scope);
  const run = (sql: string, parameters: readonly SqlValue[]): number => {
    assertOpen(scope);
    database.effectOf(sql);
    const changes = database.run(sql, parameters);
    scope.statements.push({ sql, parameters });
    return changes;
  };
  return {
    ...reader,
    run: async (sql, parameters = []) => run(sql, parameters),
    async emit(body) {
      const at = clock.now();
      run("INSERT INTO events (at, agent_id, type, payload) VALUES (?, ?, ?, ?)", [
        at,
        body.agentId,
        body.type,
        JSON.stringify(body),
      ]);
      const row = await reader.get(sequence, "SELECT last_insert_rowid() AS seq");
      if (row !== undefined) scope.events.push({ ...body, seq: row.seq, at });
    },
  };
}
