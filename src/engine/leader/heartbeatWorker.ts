import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../base/clock.ts";
import { BEAT_MS, createBeatWriter, heartbeatTaskSchema } from "./heartbeat.ts";
import { readHolder } from "./holder.ts";

/** The thread of a leader that beats, and that looks whether it still leads. */
async function beat(): Promise<void> {
  const { folder, token } = heartbeatTaskSchema.parse(workerData);
  const write = createBeatWriter(folder);
  let loopAt = systemClock.now();
  parentPort?.on("message", () => {
    loopAt = systemClock.now();
  });
  for (;;) {
    if ((await readHolder(folder))?.token !== token) break;
    write({ token, beatAt: systemClock.now(), loopAt });
    parentPort?.postMessage("answer");
    await systemClock.sleep(BEAT_MS);
  }
  parentPort?.postMessage("superseded");
  parentPort?.close();
}

// A rejection ends the thread with an error, which the leader hears.
void beat();
