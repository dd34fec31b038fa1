import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import type { Result } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/log.ts";
import { compact } from "../../src/engine/store/compaction.ts";
import type { Compactor } from "../../src/engine/store/compactor.ts";
import { type Disk, realDisk } from "../../src/engine/store/disk.ts";
import type { Writer } from "../../src/engine/store/options.ts";
import type { Store } from "../../src/engine/store/port.ts";
import { loadSqlite } from "../../src/engine/store/sqlite.ts";
import { openStore } from "../../src/engine/store/store.ts";
import { createFakeClock, type FakeClock } from "./clock.ts";

export const assets = {
  wasm: resolve("node_modules/sql.js/dist/sql-wasm.wasm"),
  migrations: resolve("migrations/sqlite"),
  /** Node runs it as it is. */
  compactor: resolve("src/engine/store/compactionWorker.ts"),
  heartbeat: resolve("src/engine/leader/heartbeatWorker.ts"),
  starter: resolve("src/engine/processes/helperProcess.ts"),
};

/** Compacts in this process, on the disk that the test gave the store. */
export function createInlineCompactor(disk: Disk): Compactor {
  const sqlite = readFile(assets.wasm).then(loadSqlite);
  return async (folder, number) => compact(await sqlite, disk, folder, number);
}

/** A leader that nobody takes over from. */
export const soleEpoch = { number: 1, isCurrent: () => true };

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "banyan-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The value of a result that must be one. */
export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}

/** The refusal of a result that must be one. */
export function expectRefused(result: Result<unknown>) {
  if (result.ok) throw new Error(`not refused: ${JSON.stringify(result.value)}`);
  return result.refusal;
}

export interface TestStore {
  readonly store: Store;
  readonly folder: string;
  readonly clock: FakeClock;
}

export interface TestStoreOptions {
  readonly folder?: string;
  readonly disk?: Disk;
  readonly migrations?: string;
  readonly writer?: Partial<Writer>;
  readonly clock?: FakeClock;
}

/** Opens a real store to write, or says why it can't be. */
export function tryOpenTestStore(options: TestStoreOptions & { readonly folder: string }): Promise<Result<Store>> {
  const { folder, disk = realDisk } = options;
  return openStore({
    folder,
    wasm: assets.wasm,
    migrations: options.migrations ?? assets.migrations,
    disk,
    clock: options.clock ?? createFakeClock(),
    log: silentLogger,
    writer: { epoch: soleEpoch, compactor: createInlineCompactor(disk), ...options.writer },
  });
}

/** A real store in a folder; the one given, or one that goes with the test. */
export async function openTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const folder = options.folder ?? (await temporaryFolder());
  const clock = options.clock ?? createFakeClock();
  const store = expectOk(await tryOpenTestStore({ ...options, folder, clock }));
  onTestFinished(() => store.close());
  return { store, folder, clock };
}
