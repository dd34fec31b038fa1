import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { z } from "zod";
import type { SqlValue, Store, Transaction } from "../../../src/engine/store/port.ts";

/** The peer: Node's own SQLite behind the same port, in WAL, every commit flushed (synchronous=FULL). */
export function openNodeSqlite(folder: string, migrations: string): Pick<Store, "transaction" | "close"> {
  const database = new DatabaseSync(join(folder, "peer.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  for (const file of readdirSync(migrations).sort()) database.exec(readFileSync(join(migrations, file), "utf8"));
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const rows = <Row>(schema: z.ZodType<Row>, sql: string, parameters: readonly SqlValue[]): Row[] =>
    prepare(sql)
      .all(...parameters)
      .map((row) => schema.parse(row));
  const tx: Transaction = {
    all: async (schema, sql, parameters = []) => rows(schema, sql, parameters),
    get: async (schema, sql, parameters = []) => rows(schema, sql, parameters)[0],
    run: async (sql, parameters = []) => Number(prepare(sql).run(...parameters).changes),
    async emit(body) {
      prepare("INSERT INTO events (at, agent_id, type, payload) VALUES (?, ?, ?, ?)").run(
        0,
        body.agentId,
        body.type,
        JSON.stringify(body),
      );
    },
  };
  let tail: Promise<unknown> = Promise.resolve();
  return {
    transaction(body) {
      const done = tail.then(async () => {
        prepare("BEGIN").run();
        try {
          const outcome = await body(tx);
          prepare("COMMIT").run();
          return outcome;
        } catch (error) {
          prepare("ROLLBACK").run();
          throw error;
        }
      });
      tail = done.catch(() => {});
      return done;
    },
    async close() {
      database.close();
    },
  };
}
