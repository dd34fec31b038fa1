import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../base/clock.ts";
import { BEAT_MS, heartbeatTaskSchema, writeBeat } from "./heartbeat.ts";
import { readHolder } from "./holder.ts";

/** The thread of a leader that beats, and that looks whether it still leads. */
async function beat(): Promise<void> {
  const { folder, token } = heartbeatTaskSchema.parse(workerData);
  let loopAt = systemClock.now();
  parentPort?.on("message", () => {
    loopAt = systemClock.now();
  });
  for (;;) {
    if (await isReplaced(folder, token)) break;
    writeBeat(folder, { token, beatAt: systemClock.now(), loopAt });
    parentPort?.postMessage("answer");
    await systemClock.sleep(BEAT_MS);
  }
  parentPort?.postMessage("superseded");
  parentPort?.close();
}

/** A lock that can't be read now says nothing. */
async function isReplaced(folder: string, token: string): Promise<boolean> {
  try {
    return (await readHolder(folder))?.token !== token;
  } catch {
    return false;
  }
}

// A rejection ends the thread with an error, which the leader hears.
void beat();
