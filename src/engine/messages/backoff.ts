import { createHash } from "node:crypto";
import type { MessageLimits } from "./limits.ts";

/**
 * Milliseconds until the delivery after `attempts` that failed: doubled each time up to the longest, of which half is
 * certain and half is jitter. The jitter is drawn from the message's id, so that messages that failed together come apart
 * and a replay comes to the same.
 */
export function backoffMs(messageId: string, attempts: number, limits: MessageLimits): number {
  const whole = Math.min(limits.longestRetryMs, limits.firstRetryMs * 2 ** (attempts - 1));
  const drawn = createHash("sha256").update(`${messageId}/${attempts}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.round(whole / 2 + (whole / 2) * drawn);
}
