import initSqlJs, { type Database, type SqlJsStatic, type Statement } from "sql.js";
import { messageOf } from "../../base/errors.ts";
import { ConstraintError, type SqlValue } from "./port.ts";

/** SQLite, compiled. */
export type SqliteEngine = SqlJsStatic;

/** A journal of statements is only worth something when they do the same again. */
const DIFFERS_EACH_TIME = /\b(?:random|randomblob)\s*\(|\bCURRENT_(?:TIME|DATE|TIMESTAMP)\b|['"]now['"]/i;
const WRITES = /\b(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b/i;

/** SQLite in memory, by sql.js: the only file that calls it. Every statement is prepared once and kept. */
export class Sqlite {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement>();
  readonly #effects = new Map<string, "reads" | "writes">();

  constructor(engine: SqliteEngine, image?: Uint8Array) {
    // sql.js copies the image with `slice`, which a Buffer answers with a view of itself.
    const plain = image === undefined ? null : new Uint8Array(image.buffer, image.byteOffset, image.byteLength);
    this.#database = new engine.Database(plain);
    this.#database.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE");
    this.#database.exec("PRAGMA foreign_keys = ON");
  }

  /** Runs several statements without parameters: migrations and transaction control. */
  script(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs one statement and answers the number of rows it changed. */
  run(sql: string, parameters: readonly SqlValue[]): number {
    const statement = this.#prepare(sql);
    try {
      statement.bind([...parameters]);
      this.#step(statement);
      return this.#database.getRowsModified();
    } finally {
      statement.reset();
    }
  }

  all(sql: string, parameters: readonly SqlValue[]): Record<string, SqlValue>[] {
    const statement = this.#prepare(sql);
    const rows: Record<string, SqlValue>[] = [];
    try {
      statement.bind([...parameters]);
      while (this.#step(statement)) rows.push(statement.getAsObject());
      return rows;
    } finally {
      statement.reset();
    }
  }

  /** What a statement does, by its text. Throws for one that would not do the same when it is run again. */
  effectOf(sql: string): "reads" | "writes" {
    const known = this.#effects.get(sql);
    if (known !== undefined) return known;
    if (DIFFERS_EACH_TIME.test(sql)) throw new Error(`pass time and chance in as parameters: ${sql}`);
    const effect = WRITES.test(sql) ? "writes" : "reads";
    this.#effects.set(sql, effect);
    return effect;
  }

  begin(): void {
    this.run("BEGIN", []);
  }

  commit(): void {
    this.run("COMMIT", []);
  }

  rollback(): void {
    this.run("ROLLBACK", []);
  }

  /** Of SQLite. */
  version(): string {
    return String(this.all("SELECT sqlite_version() AS version", [])[0]?.version);
  }

  /** The whole database as a file's bytes, as of now. Not inside a write transaction. */
  image(): Uint8Array {
    return this.#database.export();
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.free();
    this.#prepared.clear();
    this.#database.close();
  }

  #prepare(sql: string): Statement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** sql.js gives no error code; a statement that was prepared and bound fails where the data breaks a rule. */
  #step(statement: Statement): boolean {
    try {
      return statement.step();
    } catch (error) {
      throw new ConstraintError(messageOf(error));
    }
  }
}

/** Compiles SQLite; `wasm` is the content of sql.js's `sql-wasm.wasm`. */
export const loadSqlite = (wasm: Uint8Array): Promise<SqliteEngine> =>
  initSqlJs({ wasmBinary: new Uint8Array(wasm).buffer });
