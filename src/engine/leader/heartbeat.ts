import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";

/**
 * A leader's sign of life: a small file that a thread of it writes anew each second, so that a host that other
 * extensions hold up is not taken for gone.
 */
export interface Heartbeat {
  stop(): Promise<void>;
}

export const BEAT_MS = 1_000;

const beatSchema = z.object({
  /** The leader's own. */
  token: z.string(),
  /** When the thread wrote this: milliseconds since the Unix epoch. */
  beatAt: z.int(),
  /** When the leader's event loop last answered its thread. */
  loopAt: z.int(),
});
export type Beat = z.infer<typeof beatSchema>;

const beatPath = (folder: string): string => join(folder, "heartbeat.json");

/** Undefined where there is none, or where it is being written. */
export async function readBeat(folder: string): Promise<Beat | undefined> {
  try {
    return beatSchema.parse(JSON.parse(await readFile(beatPath(folder), "utf8")));
  } catch {
    return undefined;
  }
}

/** Always as long, and written in place: it needs no room on a disk that is full. */
const BEAT_LENGTH = 160;

/** The file is made again where somebody removed it. */
export function writeBeat(folder: string, beat: Beat): void {
  const path = beatPath(folder);
  const file = openSync(path, existsSync(path) ? "r+" : "w", 0o600);
  try {
    writeSync(file, JSON.stringify(beat).padEnd(BEAT_LENGTH), 0);
  } finally {
    closeSync(file);
  }
}

/** What the thread is started with. */
export const heartbeatTaskSchema = z.object({ folder: z.string(), token: z.string() });
/** What the thread says: that its event loop should answer, or that another process leads. */
export const heartbeatSignSchema = z.enum(["answer", "superseded"]);

/**
 * Beats until it is stopped; a thread that fails is begun again. `onSuperseded` is called once when another process has
 * taken over.
 */
export function startHeartbeat(
  script: string,
  task: z.infer<typeof heartbeatTaskSchema>,
  onSuperseded: () => void,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Heartbeat {
  const stopping = new AbortController();
  let told = false;
  let worker: Worker;
  const begin = (): void => {
    worker = new Worker(script, { workerData: task });
    worker.on("message", (message) => {
      if (heartbeatSignSchema.parse(message) === "superseded") onSuperseded();
      else worker.postMessage("here");
    });
    worker.on("error", (error) => {
      if (!told)
        log.error("the heartbeat stopped, and is begun again: other windows may take this one for hung", error);
      told = true;
      clock.sleep(BEAT_MS, stopping.signal).then(begin, () => {});
    });
    // Whoever has nothing else to do may end; after the listeners, which hold the process again.
    worker.unref();
  };
  begin();
  return {
    async stop() {
      stopping.abort();
      await worker.terminate();
    },
  };
}
