import type { Clock } from "../../base/clock.ts";
import { BEAT_MS, type Beat, readBeat } from "./heartbeat.ts";
import { type Holder, mayRun, readHolder } from "./holder.ts";

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
export function silence(holder: Holder, beat: Beat | undefined, now: number): number {
  const sign = beat?.token === holder.token ? Math.min(beat.beatAt, beat.loopAt) : holder.since;
  return now - sign;
}

export const silenceOf = async (folder: string, holder: Holder, clock: Clock): Promise<number> =>
  silence(holder, await readBeat(folder), clock.now());

/** Resolves when the process that held the lock does not lead any more; rejects with the signal's reason. */
export async function watchLeader(
  folder: string,
  holder: Holder,
  clock: Clock,
  signal: AbortSignal,
): Promise<LeaderEnd> {
  for (let looks = 0; ; ) {
    if (await isReplaced(folder, holder)) return "replaced";
    if (!(await mayRun(holder))) return "gone";
    looks = (await silenceOf(folder, holder, clock)) >= HUNG_AFTER_MS ? looks + 1 : 0;
    if (looks >= LOOKS) return "hung";
    await clock.sleep(BEAT_MS, signal);
  }
}

/** A lock that can't be read now says nothing. */
async function isReplaced(folder: string, { token }: Holder): Promise<boolean> {
  try {
    return (await readHolder(folder))?.token !== token;
  } catch {
    return false;
  }
}
