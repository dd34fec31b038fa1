import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../base/clock.ts";
import { BEAT_MS, heartbeatTaskSchema, writeBeat } from "./heartbeat.ts";
import { isReplaced } from "./holder.ts";

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

// A rejection ends the thread with an error, which the leader hears.
void beat();
