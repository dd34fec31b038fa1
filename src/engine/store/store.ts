import { isDeepStrictEqual } from "node:util";
import { Mutex } from "async-mutex";
import type { Clock } from "../../base/clock.ts";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import type { Logger } from "../../base/log.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Compactor } from "./compactor.ts";
import type { Disk } from "./disk.ts";
import { listFiles, writeImage } from "./files.ts";
import { beginSegment, type Journal } from "./journal.ts";
import { type Extent, type Loaded, load } from "./load.ts";
import { type Migration, migrate, readMigrations } from "./migrate.ts";
import { type Reader, type Store, StoreUnavailableError, type Transaction } from "./port.ts";
import type { Statement } from "./record.ts";
import { loadSqlite, type Sqlite, type SqliteEngine } from "./sqlite.ts";
import { readerOn, type Scope, transactionOn } from "./transaction.ts";

export interface StoreOptions {
  /** Where the store lies: `<common git dir>/banyan`. */
  readonly folder: string;
  /** Path of sql.js's `sql-wasm.wasm`. */
  readonly wasm: string;
  /** Folder of the numbered SQL files. */
  readonly migrations: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  /** The leader's. Without it the store is only read: nothing is written, and a folder without a store is refused. */
  readonly writer: Writer | null;
}

export interface Writer {
  /** Every record carries it. */
  readonly epoch: Epoch;
  /** Makes images of what the journal holds, elsewhere. */
  readonly compactor: Compactor;
  /** Records, and bytes, of the journal after which an image is made. */
  readonly compactAfter?: { readonly records: number; readonly bytes: number };
}

export interface Epoch {
  readonly number: number;
  /** Whether no other process leads by now: asked after every flush, before anything is acknowledged. */
  isCurrent(): Promise<boolean>;
}

const COMPACT_AFTER = { records: 10_000, bytes: 4 * 1024 * 1024 };
/** Segments that opening and closing alone may leave behind. */
const MOST_SEGMENTS = 16;

export const noStoreYet = refuse("store_missing", "This repository has no Banyan store yet: spawn an agent first.");

/** Whether there is a store in a folder. */
export async function hasStore(disk: Disk, folder: string): Promise<boolean> {
  const { images, segments } = await listFiles(disk, folder);
  return images.length > 0 || segments.length > 0;
}

/** Opens the embedded store: SQLite in memory; on disk an image of it and a journal of what was committed since. */
export async function openStore(options: StoreOptions): Promise<Result<Store>> {
  const { disk, folder, writer } = options;
  if (writer === null && !(await hasStore(disk, folder))) {
    return noStoreYet;
  }
  const wasm = await disk.read(options.wasm);
  if (wasm === undefined) throw new Error(`${options.wasm} is missing: the installation is incomplete`);
  const context: Context = {
    ...options,
    sqlite: await loadSqlite(wasm),
    known: await readMigrations(disk, options.migrations),
  };
  if (writer === null) {
    const database = await openToRead(context);
    return database.ok ? ok(createReadOnlyStore(database.value)) : database;
  }
  const writing = { ...context, writer };
  const opened = await openToWrite(writing);
  return opened.ok ? ok(createStore(writing, opened.value)) : opened;
}

interface Context extends StoreOptions {
  readonly sqlite: SqliteEngine;
  readonly known: readonly Migration[];
}

interface WritingContext extends Context {
  readonly writer: Writer;
}

/** A database in memory, and where its commits go. */
interface Open {
  readonly database: Sqlite;
  journal: Journal;
  /** Records and bytes since the newest image. */
  records: number;
  bytes: number;
}

/** A leader may compact while its files are read: what does not add up then is looked at again. */
async function loadBesideLeader(context: Context): Promise<Result<Loaded>> {
  const { sqlite, disk, folder } = context;
  for (;;) {
    const before = await listFiles(disk, folder);
    const loaded = await load(sqlite, disk, folder);
    if (loaded.ok || isDeepStrictEqual(before, await listFiles(disk, folder))) return loaded;
  }
}

async function openToRead(context: Context): Promise<Result<Sqlite>> {
  const { known, clock } = context;
  const loaded = await loadBesideLeader(context);
  if (!loaded.ok) return loaded;
  const migrated = migrate(loaded.value.database, known, clock.now());
  if (migrated.ok) return ok(loaded.value.database);
  loaded.value.database.close();
  return migrated;
}

/** `extent`: what counts of the disk after a failure; all of it at the start. */
async function openToWrite(context: WritingContext, extent?: Extent): Promise<Result<Open>> {
  const { sqlite, disk, folder } = context;
  await disk.makeFolder(folder);
  const loaded = await load(sqlite, disk, folder, extent);
  if (!loaded.ok) return loaded;
  try {
    const open = await continueFrom(context, loaded.value);
    if (!open.ok) loaded.value.database.close();
    return open;
  } catch (error) {
    loaded.value.database.close();
    throw error;
  }
}

/**
 * Begins the next segment, which seals the one before it. After a migration the segment is begun first and then the
 * image: without the image it is empty, and the old state goes on from the old image.
 */
async function continueFrom(context: WritingContext, loaded: Loaded): Promise<Result<Open>> {
  const { disk, folder, known, clock, writer } = context;
  const { database } = loaded;
  const migrated = migrate(database, known, clock.now());
  if (!migrated.ok) return migrated;
  const journal = await beginSegment(disk, folder, {
    segment: loaded.segment + 1,
    sealed: loaded.segment === 0 ? null : loaded.sealed,
    sequence: loaded.sequence,
    epoch: writer.epoch.number,
    sqlite: database.version(),
  });
  const compacted = migrated.value > 0 || loaded.segment - loaded.image >= MOST_SEGMENTS;
  if (compacted) await writeImage(disk, folder, journal.segment, database.image());
  return ok({
    database,
    journal,
    records: compacted ? 0 : loaded.records,
    bytes: compacted ? 0 : loaded.bytes,
  });
}

/** A commit that waits to be on disk. */
interface Waiting {
  readonly statements: readonly Statement[];
  readonly events: readonly EngineEvent[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * What a store is in. `open`: it works. `failed`: the disk refused a write; memory holds what was never acknowledged
 * and is dropped, and the next call reads the disk again. `closed`, and `superseded` by another leader, are for good.
 */
type State =
  | { readonly kind: "open"; readonly open: Open }
  | { readonly kind: "failed"; readonly error: Error; readonly extent: Extent; readonly database: Sqlite }
  | { readonly kind: "superseded" }
  | { readonly kind: "closed" };

function createStore(context: WritingContext, first: Open): Store {
  const { log, disk, folder, clock } = context;
  const { epoch, compactor, compactAfter = COMPACT_AFTER } = context.writer;
  const access = new Mutex();
  const events = new Emitter<EngineEvent>((error) => log.error("a listener of the store failed", error));
  let state: State = { kind: "open", open: first };
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let compacting: Promise<void> | undefined;

  /** The open state; after a failure it is read from the disk again. Called with the mutex held. */
  const usable = async (): Promise<Open> => {
    if (state.kind === "open") return state.open;
    if (state.kind === "closed") throw new StoreUnavailableError("the store is closed");
    if (state.kind === "superseded") throw new StoreUnavailableError("another process leads this repository by now");
    const { error, extent, database } = state;
    try {
      await flushing;
      const reopened = await openToWrite(context, extent);
      if (!reopened.ok) throw new Error(reopened.refusal.message);
      database.close();
      state = { kind: "open", open: reopened.value };
      log.info("the store works again");
      return reopened.value;
    } catch (again) {
      throw new StoreUnavailableError(`the store can't be written: ${messageOf(again)}`, { cause: error });
    }
  };

  const fail = (open: Open, batch: readonly Waiting[], error: Error): void => {
    const { journal } = open;
    const superseded = error instanceof Superseded;
    state = superseded
      ? { kind: "superseded" }
      : {
          kind: "failed",
          error,
          extent: { segment: journal.segment, length: journal.length },
          database: open.database,
        };
    const lost = [...batch, ...waiting];
    waiting = [];
    const reason = superseded
      ? "another process leads this repository by now"
      : `the store can't be written: ${error.message}`;
    for (const each of lost) each.reject(new StoreUnavailableError(reason, { cause: error }));
    void closeQuietly(journal);
  };

  /** One flush is under way at a time; it carries every commit that waits when it begins. */
  const flush = async (open: Open): Promise<void> => {
    while (waiting.length > 0 && state.kind === "open") {
      const batch = waiting;
      waiting = [];
      try {
        await open.journal.append(batch.map((each) => each.statements));
        if (!(await epoch.isCurrent())) throw new Superseded();
      } catch (error) {
        fail(open, batch, error instanceof Error ? error : new Error(String(error)));
        break;
      }
      open.records += batch.length;
      for (const each of batch) {
        for (const event of each.events) events.fire(event);
        each.resolve();
      }
      await compactWhenDue(open);
    }
    flushing = undefined;
  };

  /**
   * Seals the segment and has an image made of all up to it. A new segment that could not be begun may lie on the disk
   * all the same and seal the old one: nothing more is written there, the disk is read again.
   */
  const compactWhenDue = async (open: Open): Promise<void> => {
    const { journal } = open;
    const due = open.records >= compactAfter.records || open.bytes + journal.length >= compactAfter.bytes;
    if (compacting !== undefined || !due) return;
    try {
      open.journal = await beginSegment(disk, folder, {
        segment: journal.segment + 1,
        sealed: journal.length,
        sequence: journal.sequence,
        epoch: epoch.number,
        sqlite: open.database.version(),
      });
    } catch (error) {
      fail(open, [], error instanceof Error ? error : new Error(String(error)));
      return;
    }
    open.records = 0;
    open.bytes = 0;
    await closeQuietly(journal);
    compacting = compactInBackground(open.journal.segment);
  };

  const closeQuietly = (journal: Journal): Promise<void> =>
    journal.close().catch((error) => log.warn("a segment could not be closed", { reason: messageOf(error) }));

  const compactInBackground = async (number: number): Promise<void> => {
    try {
      const compacted = await compactor(folder, number);
      if (!compacted.ok) log.warn(compacted.refusal.message);
    } catch (error) {
      log.warn("the journal could not be compacted", { reason: messageOf(error) });
    } finally {
      compacting = undefined;
    }
  };

  /** Resolves when the commit is on disk. Called with the mutex held, so that commits wait in their order. */
  const enqueue = (open: Open, { statements, events }: Scope): Promise<void> => {
    if (state.kind !== "open" || state.open !== open) {
      return Promise.reject(new StoreUnavailableError("the store failed before this was written"));
    }
    return new Promise((resolve, reject) => {
      waiting.push({ statements, events, resolve, reject });
      flushing ??= flush(open);
    });
  };

  const transact = async <T>(body: (tx: Transaction) => Promise<T>, keep: (outcome: T) => boolean): Promise<T> => {
    const { outcome, durable } = await access.runExclusive(async () => {
      const open = await usable();
      const scope: Scope = { open: true, statements: [], events: [] };
      open.database.begin();
      try {
        const outcome = await body(transactionOn(open.database, scope, clock));
        const kept = keep(outcome);
        if (kept) open.database.commit();
        else open.database.rollback();
        if (!kept || scope.statements.length === 0) return { outcome, durable: undefined };
        return { outcome, durable: enqueue(open, scope) };
      } catch (error) {
        open.database.rollback();
        throw error;
      } finally {
        scope.open = false;
      }
    });
    await durable;
    return outcome;
  };

  return {
    onEvent: events.event,
    transaction: (body) => transact(body, () => true),
    attempt: (body) => transact(body, (outcome) => outcome.ok),
    read: (body) => access.runExclusive(async () => readFrom((await usable()).database, body)),
    async close() {
      await access.runExclusive(async () => {
        await flushing;
        await compacting;
        if (state.kind === "open") await state.open.journal.close();
        if (state.kind === "open") state.open.database.close();
        if (state.kind === "failed") state.database.close();
        state = { kind: "closed" };
      });
      events.dispose();
    },
  };
}

async function readFrom<T>(database: Sqlite, body: (reader: Reader) => Promise<T>): Promise<T> {
  const scope: Scope = { open: true, statements: [], events: [] };
  try {
    return await body(readerOn(database, scope));
  } finally {
    scope.open = false;
  }
}

/** The store as it was on disk when it was opened. */
function createReadOnlyStore(database: Sqlite): Store {
  const refused = () => Promise.reject(new Error("this store was opened to be read"));
  let closed = false;
  return {
    onEvent: () => ({ dispose() {} }),
    transaction: refused,
    attempt: refused,
    read: (body) => readFrom(database, body),
    async close() {
      if (!closed) database.close();
      closed = true;
    },
  };
}

class Superseded extends Error {}
