import initSqlJs, { type Database, type SqlJsStatic, type Statement } from "sql.js";
import { messageOf } from "../../base/errors.ts";
import { PagedFile, type PageSource } from "./pages.ts";
import { ConstraintError, type SqlValue, StoreUnavailableError } from "./port.ts";

/** SQLite, compiled. */
export type SqliteEngine = SqlJsStatic;

/** A journal of statements is only worth something when they do the same again. */
const DIFFERS_EACH_TIME = /\b(?:random|randomblob)\s*\(|\bCURRENT_(?:TIME|DATE|TIMESTAMP)\b|['"]now['"]/i;
const WRITES = /\b(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b/i;

/** The image that a database begins with. */
export interface DatabaseImage extends PageSource {
  close(): void;
}

/**
 * A file that shrank would be moved to an array of sql.js's own. It does not: nothing is written to it before a commit,
 * so that no rollback has anything to cut off, and no VACUUM runs here.
 */
const SETTINGS = `PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA cache_spill = OFF; PRAGMA cache_size = -16384; PRAGMA foreign_keys = ON`;

/** Where a database's header says how many pages it has. */
const PAGE_COUNT_AT = 28;
const PAGE_SIZE = 4096;

/** SQLite, by sql.js: the only file that calls it. Every statement is prepared once and kept. */
export class Sqlite {
  readonly #database: Database;
  readonly #file: PagedFile;
  readonly #image: DatabaseImage;
  readonly #prepared = new Map<string, Statement>();
  readonly #columns = new Map<Statement, readonly string[]>();
  readonly #effects = new Map<string, "reads" | "writes">();

  /** The image stays open, and what is asked for is read from it, until `close`. Without one: an empty database. */
  constructor(engine: SqliteEngine, image: DatabaseImage = emptyImage(engine)) {
    this.#image = image;
    this.#file = new PagedFile(image);
    this.#database = new engine.Database(this.#file.initial);
    this.#database.exec(SETTINGS);
  }

  /** Runs several statements without parameters: migrations and transaction control. */
  script(sql: string): void {
    this.#checked(() => this.#database.exec(sql));
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

  all(sql: string, parameters: readonly SqlValue[]): Row[] {
    const statement = this.#prepare(sql);
    const rows: Row[] = [];
    try {
      statement.bind([...parameters]);
      while (this.#step(statement)) rows.push(toRow(this.#columnsOf(statement), statement.get()));
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

  /** Rolls back what is under way, if anything is: SQLite may have done so itself. */
  abandon(): void {
    try {
      this.rollback();
    } catch {
      // Nothing was under way.
    }
  }

  /** Bytes of the image that it began with. */
  get imageSize(): number {
    return this.#image.size;
  }

  /** Of SQLite. */
  version(): string {
    return String(this.all("SELECT sqlite_version() AS version", [])[0]?.version);
  }

  /** The whole database as a file's bytes, as it was committed last; each piece is good until the next is asked for. */
  image(): Iterable<Uint8Array> {
    const header = this.#file.subarray(0, PAGE_COUNT_AT + 4);
    const pages = new DataView(header.buffer, header.byteOffset).getUint32(PAGE_COUNT_AT);
    return this.#file.chunks(pages * PAGE_SIZE);
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.free();
    this.#prepared.clear();
    this.#columns.clear();
    this.#database.close();
    this.#image.close();
  }

  /** Asked for once: it costs more than the values of a row. */
  #columnsOf(statement: Statement): readonly string[] {
    const known = this.#columns.get(statement);
    if (known !== undefined) return known;
    const columns = statement.getColumnNames();
    this.#columns.set(statement, columns);
    return columns;
  }

  #prepare(sql: string): Statement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#checked(() => this.#database.prepare(sql));
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** sql.js gives no error code; a statement that was prepared and bound fails where the data breaks a rule. */
  #step(statement: Statement): boolean {
    return this.#checked(() => {
      try {
        return statement.step();
      } catch (error) {
        throw new ConstraintError(messageOf(error));
      }
    });
  }

  /** What SQLite says counts only for as long as the image could be read. */
  #checked<T>(work: () => T): T {
    try {
      return work();
    } finally {
      this.#assertReadable();
    }
  }

  #assertReadable(): void {
    const { failure } = this.#file;
    if (failure === undefined) return;
    throw new StoreUnavailableError(`the store's image can't be read: ${failure.message}`, { cause: failure });
  }
}

type Row = Record<string, SqlValue>;

function toRow(columns: readonly string[], values: readonly SqlValue[]): Row {
  const row: Row = {};
  for (const [index, column] of columns.entries()) row[column] = values[index] ?? null;
  return row;
}

/** An empty database, as SQLite writes it. */
function emptyImage(engine: SqliteEngine): DatabaseImage {
  const database = new engine.Database();
  const bytes = database.export();
  database.close();
  return {
    size: bytes.length,
    readNow: (into, offset) => into.set(bytes.subarray(offset, offset + into.length)),
    close() {},
  };
}

/** Compiles SQLite; `wasm` is the content of sql.js's `sql-wasm.wasm`. */
export const loadSqlite = (wasm: Uint8Array): Promise<SqliteEngine> =>
  initSqlJs({ wasmBinary: new Uint8Array(wasm).buffer });
