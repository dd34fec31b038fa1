import type { Clock } from "../../base/clock.ts";
import { BEAT_MS, readBeat } from "./heartbeat.ts";
import { type Holder, isReplaced, mayRun } from "./holder.ts";

/** Milliseconds without a sign of life after which a leader whose process is there is taken for hung. */
export const HUNG_AFTER_MS = 30_000;
/** Looks in a row that must find it so: a machine that wakes up finds every beat old at first. */
const LOOKS = 3;

/** `gone`: its process has ended. `hung`: it gives no sign of life. `replaced`: it left, or another one leads. */
export type LeaderEnd = "gone" | "hung" | "replaced";

/**
 * Milliseconds since the last sign of life, of the thread that beats or of the event loop beside it, whichever is
 * older. A leader that has not beaten yet lives since it took the lock.
 */
export async function silenceOf(folder: string, holder: Holder, clock: Clock): Promise<number> {
  const beat = await readBeat(folder);
  const sign = beat?.token === holder.token ? Math.min(beat.beatAt, beat.loopAt) : holder.since;
  return clock.now() - sign;
}

/** Resolves when the process that held the lock does not lead any more; rejects with the signal's reason. */
export async function watchLeader(
  folder: string,
  holder: Holder,
  clock: Clock,
  signal: AbortSignal,
): Promise<LeaderEnd> {
  for (let looks = 0; ; ) {
    if (await isReplaced(folder, holder.token)) return "replaced";
    if (!(await mayRun(holder))) return "gone";
    looks = (await silenceOf(folder, holder, clock)) >= HUNG_AFTER_MS ? looks + 1 : 0;
    if (looks >= LOOKS) return "hung";
    await clock.sleep(BEAT_MS, signal);
  }
}
