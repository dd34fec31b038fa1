/**
 * A process that leads a store and works on it until it is killed: agents are hired, take a turn and end, many at a
 * time. Says `opening` first, and then, one line each, `AGENT STEP` for what it was promised to be on disk.
 * Arguments: the store's folder, the number of the round.
 */
import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import type { Result } from "../../../src/base/errors.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { takeLead } from "../../../src/engine/leader/lock.ts";
import { createWorkerCompactor } from "../../../src/engine/store/compactor.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { openStore } from "../../../src/engine/store/store.ts";
import { createLives } from "./lives.ts";

const IN_FLIGHT = 8;
const COMPACT_AFTER = { records: 60, bytes: 1e9 };

const [folder = "", round = ""] = process.argv.slice(2);
const wasm = resolve("node_modules/sql.js/dist/sql-wasm.wasm");

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

/** Before anything else is done: whoever reads may be slow, and what was not said was not promised. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) rest = rest.subarray(written(rest));
}

function written(bytes: Uint8Array): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return 0;
    throw error;
  }
}

say("opening");
const lead = value(
  await takeLead(folder, { label: "a test", token: systemIds.unique(), clock: systemClock, log: silentLogger }),
);
const store = value(
  await openStore({
    folder,
    wasm,
    migrations: resolve("migrations/sqlite"),
    disk: realDisk,
    clock: systemClock,
    log: silentLogger,
    writer: {
      epoch: { number: lead.epoch, isCurrent: lead.isCurrent },
      compactor: createWorkerCompactor(resolve("src/engine/store/compactionWorker.ts"), wasm),
      compactAfter: COMPACT_AFTER,
    },
  }),
);
const lives = createLives(systemClock, systemIds);
await store.transaction(lives.begin);

async function work(place: number): Promise<never> {
  for (let count = 0; ; count++) {
    const id = `${round}-${place}-${count}`;
    for (const [index, step] of lives.of(id).entries()) {
      await store.transaction(step);
      say(`${id} ${index + 1}`);
    }
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, (_, place) => work(place)));
