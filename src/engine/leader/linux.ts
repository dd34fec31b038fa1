import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { ProcessTable } from "./posix.ts";
import { type ProcessStat, parseStat } from "./process.ts";

/** Reads proc(5). */
export function createLinuxTable(): ProcessTable {
  // Ticks count from the machine's start, which has to be said too.
  const boot = bootId();
  const nameOf = ({ start }: ProcessStat) => `${boot} ${start}`;
  return {
    identity(pid) {
      try {
        return nameOf(parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")));
      } catch {
        return undefined;
      }
    },
    async isRecorded({ pid, processStart }) {
      const now = await statOf(String(pid));
      return now === undefined || processStart === undefined ? undefined : nameOf(now) === processStart;
    },
    members: async (group) => (hasProcesses(group) ? membersOf(group) : []),
    async wasStartedWith(pid, variable) {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(variable);
    },
  };
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Zombies too; saves most looks through the whole table. */
function hasProcesses(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** One after the other: all at once could be more files than we may open, and one that can't be read is missed. */
async function membersOf(group: number): Promise<readonly number[]> {
  const members: number[] = [];
  for (const name of await readdir("/proc")) {
    const stat = /^\d+$/.test(name) ? await statOf(name) : undefined;
    if (stat?.group === group && !stat.isZombie) members.push(Number(name));
  }
  return members;
}

const statOf = (pid: string): Promise<ProcessStat | undefined> =>
  readFile(`/proc/${pid}/stat`, "utf8").then(parseStat, () => undefined);
