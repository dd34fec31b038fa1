import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import type { Result } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/log.ts";
import { type Disk, realDisk } from "../../src/engine/store/disk.ts";
import type { Store } from "../../src/engine/store/port.ts";
import { openStore } from "../../src/engine/store/store.ts";
import { createFakeClock, type FakeClock } from "./clock.ts";

export const assets = {
  wasm: resolve("node_modules/sql.js/dist/sql-wasm.wasm"),
  migrations: resolve("migrations/sqlite"),
};

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

/** A real store in a folder; the one given, or one that goes with the test. */
export async function openTestStore(options: { folder?: string; disk?: Disk } = {}): Promise<TestStore> {
  const folder = options.folder ?? (await temporaryFolder());
  const clock = createFakeClock();
  const store = expectOk(
    await openStore({ folder, access: "write", ...assets, disk: options.disk ?? realDisk, clock, log: silentLogger }),
  );
  onTestFinished(() => store.close());
  return { store, folder, clock };
}
