import { LEADER_VARIABLE, type ProcessRecord } from "./processRecord.ts";
import type { ProcessSystem } from "./system.ts";

/** What a system with process groups tells of its processes. */
export interface ProcessTable {
  /** See `ProcessSystem`. */
  identity(pid: number): string | undefined;
  /** Whether the process that has the recorded pid now is the recorded one; undefined where that can't be told. */
  isRecorded(record: ProcessRecord): Promise<boolean | undefined>;
  /** Pids of a group's processes, zombies left out. */
  members(group: number): Promise<readonly number[]>;
  /** Whether a process was started with a variable, `NAME=value`. */
  wasStartedWith(pid: number, variable: string): Promise<boolean>;
}

/** A process that is just becoming another program shows no environment for a moment. */
const LOOKS = 5;

/**
 * A group may outlive its first process. As long as it does, no new process gets the pid (POSIX: fork, "Process ID
 * Reuse"): a pid that is another process's now says that the group has ended. The reverse is not sure. Once the group has
 * ended, a stranger may have got the pid, made a group of its own, as every daemon does, and have ended before the rest
 * of it. So a group without its first process is ours only if one of its processes carries the leader's name.
 */
export const createPosixSystem = (table: ProcessTable): ProcessSystem => ({
  identity: (pid) => table.identity(pid),
  async isOurs(record) {
    for (let look = 0; look < LOOKS; look++) {
      const members = await table.members(record.pid);
      if (members.length === 0) return false;
      const known = await table.isRecorded(record);
      if (known !== undefined) return known;
      if (await carriesName(table, members, record)) return true;
    }
    return false;
  },
  runs: async ({ pid }) => (await table.members(pid)).length > 0,
  async signal({ pid }, signal) {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended, or we may not: what still runs tells.
    }
  },
});

async function carriesName(
  table: ProcessTable,
  members: readonly number[],
  { leader }: ProcessRecord,
): Promise<boolean> {
  for (const member of members) {
    if (await table.wasStartedWith(member, `${LEADER_VARIABLE}=${leader}`)) return true;
  }
  return false;
}
