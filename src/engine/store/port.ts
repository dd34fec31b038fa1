import type { z } from "zod";
import type { Result } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";
import type { EngineEvent, EngineEventBody } from "../../protocol/events.ts";

/**
 * What can be bound. Where the planner may look at a bound value (a column with an order or a range behind it, a partial
 * index), SQLite prepares the statement anew at each call, which costs 5 to 30 µs: written `= +?` it does not, and uses
 * the same index. Plain look-ups by a unique column gain nothing from it. Whole numbers from 2^31 up must stand in a
 * `CAST(? AS INTEGER)` where they are compared or added.
 */
export type SqlValue = string | number | Uint8Array | null;

export interface Reader {
  /** Every row, parsed: columns are named as the schema's keys. */
  all<Row>(schema: z.ZodType<Row>, sql: string, parameters?: readonly SqlValue[]): Promise<Row[]>;
  /** The first row, parsed, or undefined. */
  get<Row>(schema: z.ZodType<Row>, sql: string, parameters?: readonly SqlValue[]): Promise<Row | undefined>;
}

export interface Transaction extends Reader {
  /** Runs one statement. Resolves with the number of rows it changed; rejects with a `ConstraintError` where the database refuses. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
  /** Appends to the event log; listeners hear of it after the commit is durable. */
  emit(event: EngineEventBody): Promise<void>;
}

/**
 * Inside a transaction only its own statements may be awaited: it holds the store from BEGIN to COMMIT. SQL must be
 * deterministic (no `random()`, no `CURRENT_TIMESTAMP`), and every read that decides something has an ORDER BY.
 */
export interface Store {
  /** Resolves after the change is durable. Rolls back, and rejects with the same error, when `body` rejects. */
  transaction<T>(body: (tx: Transaction) => Promise<T>): Promise<T>;
  /** As `transaction`, and rolls back when the outcome is a refusal. */
  attempt<T>(body: (tx: Transaction) => Promise<Result<T>>): Promise<Result<T>>;
  /** Reads committed state; waits while a transaction runs. */
  read<T>(body: (reader: Reader) => Promise<T>): Promise<T>;
  readonly onEvent: Event<EngineEvent>;
  close(): Promise<void>;
}

/** The database refused: a CHECK, a foreign key, a unique index, or a trigger's `RAISE`, whose text is the message. */
export class ConstraintError extends Error {
  override readonly name = "ConstraintError";
}

/** The store can't take anything now: the disk refused, or it is closed. What it had acknowledged is safe. */
export class StoreUnavailableError extends Error {
  override readonly name: string = "StoreUnavailableError";
}

/** Another process leads the repository by now: this store never takes anything again. */
export class SupersededError extends StoreUnavailableError {
  override readonly name = "SupersededError";
}
