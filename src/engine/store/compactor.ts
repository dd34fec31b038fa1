import { Worker } from "node:worker_threads";
import { z } from "zod";
import { ok, type Result } from "../../base/errors.ts";

/** Makes image `number` of the store in a folder from what lies before it, without holding the event loop up. */
export type Compactor = (folder: string, number: number) => Promise<Result<void>>;

const answerSchema = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), refusal: z.object({ code: z.literal("store_damaged"), message: z.string() }) }),
]);

/** Compacts in a thread of its own. `script`: path of the built `compactionWorker`. */
export function createWorkerCompactor(script: string, wasm: string): Compactor {
  return (folder, number) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { workerData: { folder, number, wasm } });
      worker.once("message", (message) => {
        const answer = answerSchema.parse(message);
        resolve(answer.ok ? ok(undefined) : answer);
      });
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the compaction's thread ended with ${code}`)));
    });
}
