import { join } from "node:path";
import { Mutex } from "async-mutex";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import type { Logger } from "../../base/log.ts";
import type { EngineEvent, EngineEventBody } from "../../protocol/events.ts";
import type { Disk } from "./disk.ts";
import { migrate, readMigrations } from "./migrate.ts";
import type { Reader, SqlValue, Store, Transaction } from "./port.ts";
import { loadSqlite, Sqlite } from "./sqlite.ts";

export interface StoreOptions {
  /** Where the store lies: `<common git dir>/banyan`. */
  readonly folder: string;
  /** `write` makes the folder and what is in it; `read` never writes, and refuses a folder without a store. */
  readonly access: "write" | "read";
  /** Path of sql.js's `sql-wasm.wasm`. */
  readonly wasm: string;
  /** Folder of the numbered SQL files. */
  readonly migrations: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
}

const IMAGE = "store.sqlite";

export const imagePath = (folder: string): string => join(folder, IMAGE);

/** Opens the embedded store: SQLite in memory, kept as one image on disk that is put in place whole at each commit. */
export async function openStore(options: StoreOptions): Promise<Result<Store>> {
  const { disk, folder } = options;
  const image = await disk.read(imagePath(folder));
  if (image === undefined && options.access === "read") {
    return refuse("store_missing", "This repository has no Banyan store yet: spawn an agent first.");
  }
  const wasm = await disk.read(options.wasm);
  if (wasm === undefined) throw new Error(`${options.wasm} is missing: the installation is incomplete`);
  const migrations = await readMigrations(disk, options.migrations);
  const sqlite = await loadSqlite(wasm);
  const opened = openImage(() => new Sqlite(sqlite, image), imagePath(folder));
  if (!opened.ok) return opened;
  const database = opened.value;
  const migrated = migrate(database, migrations, options.clock.now());
  if (!migrated.ok) {
    database.close();
    return migrated;
  }
  if (options.access === "read") return ok(createStore(database, () => Promise.resolve(), options));
  await disk.makeFolder(folder);
  const save = (image: Uint8Array) => disk.replace(imagePath(folder), image);
  if (migrated.value > 0) await save(database.image());
  return ok(createStore(database, save, options));
}

/** Reads the image and has SQLite check it: a file that is no whole database is refused, and left as it is. */
function openImage(open: () => Sqlite, path: string): Result<Sqlite> {
  const wayOut = `${path} is damaged. Keep a copy, restore it from a backup, or move it away to begin anew.`;
  let database: Sqlite | undefined;
  try {
    database = open();
    const [check] = database.all("PRAGMA quick_check(1)", []);
    if (check?.quick_check === "ok") return ok(database);
  } catch {
    // What SQLite can't read is what is reported below.
  }
  database?.close();
  return refuse("store_damaged", wayOut);
}

const sequence = z.object({ seq: z.int() });

function createStore(database: Sqlite, save: (image: Uint8Array) => Promise<void>, options: StoreOptions): Store {
  const { clock, log } = options;
  const access = new Mutex();
  const events = new Emitter<EngineEvent>((error) => log.error("a listener of the store failed", error));
  let undelivered: EngineEvent[] = [];
  let nextFlush: Promise<void> | undefined;
  let lastFlush: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  let closed = false;

  const assertUsable = () => {
    if (failure !== undefined) throw failure;
    if (closed) throw new Error("the store is closed");
  };

  /** Takes the image between two transactions and writes it after the flush before it: one is under way at a time. */
  const flush = async (before: Promise<void>): Promise<void> => {
    await before;
    const carried = await access.runExclusive(() => {
      assertUsable();
      nextFlush = undefined;
      const events = undelivered;
      undelivered = [];
      return { events, image: database.image() };
    });
    try {
      await save(carried.image);
    } catch (error) {
      failure = new Error(`the store can't be written: ${messageOf(error)}`, { cause: error });
      throw failure;
    }
    for (const event of carried.events) events.fire(event);
  };

  /** Resolves when every commit made so far is on disk: commits that wait at the same time share one flush. */
  const durable = (): Promise<void> => {
    if (nextFlush === undefined) {
      nextFlush = flush(lastFlush);
      lastFlush = nextFlush.catch(() => {});
    }
    return nextFlush;
  };

  const transaction = async <T>(body: (tx: Transaction) => Promise<T>, keep: (outcome: T) => boolean): Promise<T> => {
    const { outcome, kept } = await access.runExclusive(async () => {
      assertUsable();
      const emitted: EngineEvent[] = [];
      const scope = { open: true };
      database.script("BEGIN");
      try {
        const outcome = await body(transactionOn(database, scope, emitted, clock));
        const kept = keep(outcome);
        if (kept) database.commit();
        else database.script("ROLLBACK");
        if (kept) undelivered.push(...emitted);
        return { outcome, kept };
      } catch (error) {
        database.script("ROLLBACK");
        throw error;
      } finally {
        scope.open = false;
      }
    });
    if (kept) await durable();
    return outcome;
  };

  return {
    onEvent: events.event,
    transaction: (body) => transaction(body, () => true),
    attempt: (body) => transaction(body, (outcome) => outcome.ok),
    read: (body) =>
      access.runExclusive(async () => {
        assertUsable();
        const scope = { open: true };
        try {
          return await body(readerOn(database, scope));
        } finally {
          scope.open = false;
        }
      }),
    async close() {
      if (closed) return;
      await lastFlush;
      await access.runExclusive(() => {
        closed = true;
        database.close();
      });
      events.dispose();
    },
  };
}

interface Scope {
  open: boolean;
}

function assertOpen(scope: Scope): void {
  if (!scope.open) throw new Error("a statement came after its transaction had ended");
}

function readerOn(database: Sqlite, scope: Scope): Reader {
  const rows = <Row>(schema: z.ZodType<Row>, sql: string, parameters: readonly SqlValue[]): Row[] => {
    assertOpen(scope);
    return database.all(sql, parameters).map((row) => schema.parse(row));
  };
  return {
    all: async (schema, sql, parameters = []) => rows(schema, sql, parameters),
    get: async (schema, sql, parameters = []) => rows(schema, sql, parameters)[0],
  };
}

function transactionOn(database: Sqlite, scope: Scope, emitted: EngineEvent[], clock: Clock): Transaction {
  const reader = readerOn(database, scope);
  return {
    ...reader,
    async run(sql, parameters = []) {
      assertOpen(scope);
      return database.run(sql, parameters);
    },
    async emit(body: EngineEventBody) {
      const at = clock.now();
      const row = await reader.get(
        sequence,
        "INSERT INTO events (at, agent_id, type, payload) VALUES (?, ?, ?, ?) RETURNING seq",
        [at, body.agentId, body.type, JSON.stringify(body)],
      );
      if (row !== undefined) emitted.push({ ...body, seq: row.seq, at });
    },
  };
}
