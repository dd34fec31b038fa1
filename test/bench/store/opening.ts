import { resolve } from "node:path";
import { z } from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { takeLead } from "../../../src/engine/leader/lock.ts";
import { createWorkerCompactor } from "../../../src/engine/store/compactor.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import { openStore } from "../../../src/engine/store/store.ts";

export const wasm = resolve("node_modules/sql.js/dist/sql-wasm.wasm");
export const migrations = resolve("migrations/sqlite");
export const compactor = createWorkerCompactor(resolve("src/engine/store/compactionWorker.ts"), wasm);

const parts = (folder: string) => ({ folder, wasm, migrations, disk: realDisk, clock: systemClock, log: silentLogger });

/** Opens a store as the engine does: under the leader's lock, which is asked after every flush. */
export async function openAsLeader(
  folder: string,
  compactAfter?: { readonly records: number; readonly bytes: number },
): Promise<Store> {
  const lead = await takeLead(folder, {
    label: "a bench",
    token: systemIds.unique(),
    clock: systemClock,
    log: silentLogger,
  });
  if (!lead.ok) throw new Error(lead.refusal.message);
  const { epoch, isCurrent, release } = lead.value;
  const limits = compactAfter === undefined ? {} : { compactAfter };
  const opened = await openStore({
    ...parts(folder),
    writer: { epoch: { number: epoch, isCurrent }, compactor, ...limits },
  });
  if (!opened.ok) throw new Error(opened.refusal.message);
  const store = opened.value;
  return {
    ...store,
    async close() {
      await store.close();
      await release();
    },
  };
}

export async function openAsReader(folder: string): Promise<Store> {
  const opened = await openStore({ ...parts(folder), writer: null });
  if (!opened.ok) throw new Error(opened.refusal.message);
  return opened.value;
}

/** What a process that does nothing else finds when it opens a store. */
export const openedSchema = z.object({
  /** Milliseconds of `openStore` alone. */
  opened: z.number(),
  /** Bytes of the process: the most so far, and when all was done and collected. */
  peak: z.number(),
  settled: z.number(),
  /** Milliseconds in which the whole tree with its figures was read. */
  tree: z.number(),
  agents: z.int(),
});
