import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { compact } from "./compaction.ts";
import { realDisk } from "./disk.ts";
import { loadSqlite } from "./sqlite.ts";

/** What the thread is started with: the store's folder, the number of the image to make, and sql.js's wasm file. */
const taskSchema = z.object({ folder: z.string(), number: z.int(), wasm: z.string() });

async function work(): Promise<void> {
  const { folder, number, wasm } = taskSchema.parse(workerData);
  const sqlite = await loadSqlite(await readFile(wasm));
  parentPort?.postMessage(await compact(sqlite, realDisk, folder, number));
}

// A rejection ends the thread with an error, which the store hears.
void work();
