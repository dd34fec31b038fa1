import { readFile } from "node:fs/promises";
import { askPs, runProgram } from "./programs.ts";

/** A process as proc(5) tells of it. */
export interface ProcessStat {
  /** Has ended, and nobody has asked how. */
  readonly isZombie: boolean;
  readonly group: number;
  /** Clock ticks from the machine's start to the process's. */
  readonly start: string;
}

/** Of the content of `/proc/PID/stat`; the second field, the command, may hold spaces and parentheses. */
export function parseStat(stat: string): ProcessStat {
  const [state = "", , group, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { isZombie: state === "Z" || state === "X", group: Number(group), start: rest[16] ?? "" };
}

/**
 * When a process started, in a form that is only good for comparing; undefined where the platform doesn't tell. A pid
 * alone is no name: it is given out again.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  return (await lookUp(pid))?.start;
}

/** Whether the process that had this pid and started then still runs. */
export async function isAlive(pid: number, startedAs: string | undefined): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const forbidden = error instanceof Error && "code" in error && error.code === "EPERM";
    if (!forbidden) return false;
  }
  const now = await lookUp(pid);
  if (now?.isZombie === true) return false;
  return startedAs === undefined || now === undefined || now.start === startedAs;
}

/** Undefined for a process that is gone, or not ours to look at, and where the platform doesn't tell. */
async function lookUp(pid: number): Promise<Pick<ProcessStat, "isZombie" | "start"> | undefined> {
  try {
    if (process.platform === "linux") return parseStat(await readFile(`/proc/${pid}/stat`, "utf8"));
    if (process.platform === "darwin") {
      const [row] = await askPs(runProgram, ["-p", String(pid)]);
      return row;
    }
  } catch {
    // As said.
  }
  return undefined;
}
