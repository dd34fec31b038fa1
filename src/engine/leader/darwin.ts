import type { ProcessTable } from "./posix.ts";
import { askPs, type RunProgram } from "./programs.ts";

/** A start is told in whole seconds, and a record is written some time after it. */
const TOLERANCE_MS = 2_000;

/**
 * Asks ps(1). At a start that would take longer than most git calls, so a process is known by its pid and the time of
 * its record.
 */
export const createDarwinTable = (run: RunProgram): ProcessTable => ({
  identity: () => undefined,
  async isRecorded({ pid, startedAt }) {
    const [now] = await askPs(run, ["-p", String(pid)]).catch(() => []);
    if (now === undefined) return undefined;
    return Math.abs(Date.parse(`${now.start} UTC`) - startedAt) <= TOLERANCE_MS;
  },
  async members(group) {
    const rows = await askPs(run, ["-A"]);
    return rows.filter((row) => row.group === group && !row.isZombie).map((row) => row.pid);
  },
  // Only a process of the same user shows its environment, and none that the system protects.
  async wasStartedWith(pid, variable) {
    const output = await run("ps", ["-E", "-ww", "-o", "command=", "-p", String(pid)]).catch(() => "");
    return output.split(/\s+/).includes(variable);
  },
});
