import type { Clock } from "../../base/clock.ts";
import { signalGroup } from "./direct.ts";

/** How long a group that was asked to end may take, and the system to end one that is forced to. */
const GRACE_MS = 2_000;
const POLL_MS = 10;

/** Ends process groups: asks, then forces. Takes some seconds at most. */
export async function endGroups(groups: readonly number[], clock: Clock): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const left = groups.filter((group) => signalGroup(group, signal));
    if (left.length === 0 || (await end(left, clock))) return;
  }
}

async function end(groups: readonly number[], clock: Clock): Promise<boolean> {
  const until = clock.now() + GRACE_MS;
  while (groups.some((group) => signalGroup(group, 0))) {
    if (clock.now() >= until) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}
