import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { Compactor } from "./compactor.ts";
import type { Disk } from "./disk.ts";

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
  /** Whether no other process leads by now: asked after every flush, before anything is acknowledged. Quick. */
  isCurrent(): boolean;
}

/** Where a writer does not say when an image is made. */
export const usualCompaction = { records: 10_000, bytes: 4 * 1024 * 1024 } as const;
