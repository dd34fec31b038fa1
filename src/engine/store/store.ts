import { setImmediate } from "node:timers/promises";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { Emitter } from "../../base/event.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Disk } from "./disk.ts";
import { listFiles } from "./files.ts";
import { beginSegment } from "./journal.ts";
import { Line } from "./line.ts";
import { type Extent, load } from "./load.ts";
import { readMigrations } from "./migrate.ts";
import { type Context, type Open, openToRead, openToWrite, type WritingContext } from "./opening.ts";
import { type StoreOptions, usualCompaction } from "./options.ts";
import { type Reader, type Store, StoreUnavailableError, SupersededError, type Transaction } from "./port.ts";
import type { Statement } from "./record.ts";
import { loadSqlite, type Sqlite } from "./sqlite.ts";
import { readerOn, type Scope, transactionOn } from "./transaction.ts";

/** A large image is not written anew for a small journal: its bytes, divided by this, may wait there. */
const IMAGE_TO_JOURNAL = 32;
/** Commits for which the journal does not wait any longer until nobody is in line. */
const FULL_BATCH = 64;
/** Commits of a batch that are told of before the event loop turns: each is followed by what waited for it. */
const TOLD_AT_ONCE = 8;

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

/** A commit that waits to be on disk. */
interface Waiting {
  readonly statements: readonly Statement[];
  readonly events: readonly EngineEvent[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * What a store is in. `open`: it works. `failed`: the disk refused; memory holds what was never acknowledged, until
 * `durable` says that it was read from the disk again. That is done for the next read; the next write tries to go on.
 * `closed`, and `superseded` by another leader, are for good.
 */
type State =
  | { readonly kind: "open"; readonly open: Open }
  | Failed
  | { readonly kind: "superseded" }
  | { readonly kind: "closed" };

interface Failed {
  readonly kind: "failed";
  readonly error: Error;
  /** What counts of the disk. */
  readonly extent: Extent;
  readonly database: Sqlite;
  readonly durable: boolean;
}

const superseded = "another process leads this repository by now";
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function createStore(context: WritingContext, first: Open): Store {
  const { log, disk, folder, clock, sqlite } = context;
  const { epoch, compactor, compactAfter = usualCompaction } = context.writer;
  const events = new Emitter<EngineEvent>((error) => log.error("a listener of the store failed", error));
  let state: State = { kind: "open", open: first };
  let waiting: Waiting[] = [];
  /** Of the newest commit: what is read may rest on it. */
  let newest: Promise<void> | undefined;
  let flushes = false;
  let flushing: Promise<void> | undefined;
  let compacting: Promise<void> | undefined;

  /** For as long as others are in line their commits are waited for: one flush carries them all. */
  const line = new Line(() => startFlush());

  const refusal = (): StoreUnavailableError =>
    state.kind === "superseded" ? new SupersededError(superseded) : new StoreUnavailableError("the store is closed");

  /** The open state; after a failure it is read from the disk again. Called in line. */
  const writable = async (): Promise<Open> => {
    if (state.kind === "open") return state.open;
    if (state.kind !== "failed") throw refusal();
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

  /** What may be read: after a failure, what lies on the disk. Called in line. */
  const readable = async (): Promise<Sqlite> => {
    if (state.kind === "open") return state.open.database;
    if (state.kind !== "failed") throw refusal();
    if (state.durable) return state.database;
    await flushing;
    const { database, extent, error } = state;
    const loaded = await load(sqlite, disk, folder, extent);
    if (!loaded.ok) throw new StoreUnavailableError(loaded.refusal.message, { cause: error });
    database.close();
    state = { ...state, database: loaded.value.database, durable: true };
    return loaded.value.database;
  };

  const fail = (open: Open, batch: readonly Waiting[], error: Error): void => {
    const { journal, database } = open;
    const extent = { segment: journal.segment, length: journal.length };
    const isSuperseded = error instanceof SupersededError;
    state = isSuperseded ? { kind: "superseded" } : { kind: "failed", error, extent, database, durable: false };
    const lost = [...batch, ...waiting];
    waiting = [];
    newest = undefined;
    const unavailable = isSuperseded
      ? error
      : new StoreUnavailableError(`the store can't be written: ${error.message}`, { cause: error });
    for (const each of lost) each.reject(unavailable);
    void quietly(journal.abandon());
  };

  const startFlush = (): void => {
    if (flushes || waiting.length === 0 || state.kind !== "open") return;
    flushes = true;
    flushing = flush(state.open);
  };

  /** One flush is under way at a time; it carries every commit that waits when it begins. */
  const flush = async (open: Open): Promise<void> => {
    while (waiting.length > 0 && state.kind === "open") {
      const batch = waiting;
      waiting = [];
      try {
        const written = open.journal.append(batch.map((each) => each.statements));
        if (written !== undefined) await written;
        if (!epoch.isCurrent()) throw new SupersededError(superseded);
      } catch (error) {
        fail(open, batch, asError(error));
        break;
      }
      open.records += batch.length;
      for (const [index, each] of batch.entries()) {
        if (index > 0 && index % TOLD_AT_ONCE === 0) await setImmediate();
        for (const event of each.events) events.fire(event);
        each.resolve();
      }
      if (compacting === undefined && isDue(open)) await beginCompaction(open);
    }
    flushes = false;
  };

  const isDue = ({ records, bytes, journal, database }: Open): boolean =>
    records >= compactAfter.records ||
    bytes + journal.length >= Math.max(compactAfter.bytes, database.imageSize / IMAGE_TO_JOURNAL);

  /**
   * Seals the segment and has an image made of all up to it. A new segment that could not be begun may lie on the disk
   * all the same and seal the old one: nothing more is written there, the disk is read again.
   */
  const beginCompaction = async (open: Open): Promise<void> => {
    const { journal } = open;
    try {
      open.journal = await beginSegment(disk, folder, {
        segment: journal.segment + 1,
        sealed: journal.length,
        sequence: journal.sequence,
        epoch: epoch.number,
        sqlite: open.database.version(),
      });
    } catch (error) {
      fail(open, [], asError(error));
      return;
    }
    open.records = 0;
    open.bytes = 0;
    await quietly(journal.close());
    compacting = compactInBackground(open.journal.segment);
  };

  const quietly = (closing: Promise<void>): Promise<void> =>
    closing.catch((error) => log.warn("a segment could not be closed", { reason: messageOf(error) }));

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

  const isStill = (open: Open): boolean => state.kind === "open" && state.open === open;

  /** Resolves when the commit is on disk. Called in line, so that commits wait in their order. */
  const enqueue = (open: Open, { statements, events }: Scope): Promise<void> => {
    if (!isStill(open)) throw new StoreUnavailableError("the store failed before this was written");
    newest = new Promise((resolve, reject) => {
      waiting.push({ statements, events, resolve, reject });
    });
    if (waiting.length >= FULL_BATCH) startFlush();
    return newest;
  };

  /** An image that can't be read any more is a failure of the disk, once nothing is under way that it accepts. */
  const failWhereUnreadable = async (open: Open, error: unknown): Promise<void> => {
    if (!(error instanceof StoreUnavailableError)) return;
    await flushing;
    if (isStill(open)) fail(open, [], error);
  };

  /** What `body` came to, and when all that it rests on is on disk. Called in line. */
  const run = async <T>(body: (tx: Transaction) => Promise<T>, keep: (outcome: T) => boolean) => {
    const open = await writable();
    const { database } = open;
    const scope: Scope = { open: true, statements: [], events: [] };
    try {
      database.begin();
      const outcome = await body(transactionOn(database, scope, clock));
      if (!keep(outcome)) {
        database.rollback();
        return { outcome, durable: newest };
      }
      database.commit();
      return { outcome, durable: scope.statements.length === 0 ? newest : enqueue(open, scope) };
    } catch (error) {
      database.abandon();
      await failWhereUnreadable(open, error);
      throw error;
    } finally {
      scope.open = false;
    }
  };

  const transact = async <T>(body: (tx: Transaction) => Promise<T>, keep: (outcome: T) => boolean): Promise<T> => {
    const { outcome, durable } = await line.run(() => run(body, keep));
    if (durable !== undefined) await durable;
    return outcome;
  };

  /** What was read may rest on commits that are not on disk yet: they are waited for. */
  const read = async <T>(body: (reader: Reader) => Promise<T>): Promise<T> => {
    const { outcome, durable } = await line.run(async () => {
      const database = await readable();
      const before = state;
      const outcome = await readFrom(database, body);
      if (state !== before) throw new StoreUnavailableError("the store failed while it was read");
      return { outcome, durable: newest };
    });
    if (durable !== undefined) await durable;
    return outcome;
  };

  const close = async (): Promise<void> => {
    startFlush();
    await flushing;
    await compacting;
    if (state.kind === "open") await quietly(state.open.journal.close());
    if (state.kind === "open") state.open.database.close();
    if (state.kind === "failed") state.database.close();
    state = { kind: "closed" };
  };

  return {
    onEvent: events.event,
    transaction: (body) => transact(body, () => true),
    attempt: (body) => transact(body, (outcome) => outcome.ok),
    read,
    async close() {
      await line.run(close);
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
