import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program of the system's and answers what it wrote; rejects unless it exits with 0. */
export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

const MAX_OUTPUT = 64 * 1024 * 1024;

/** In one language and time zone, so that two processes read the same of a third. */
export const runProgram: RunProgram = async (file, args) => {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const { stdout } = await promisify(execFile)(file, [...args], { env, windowsHide: true, maxBuffer: MAX_OUTPUT });
  return stdout;
};

/** A process as ps(1) tells of it. */
export interface PsRow {
  readonly pid: number;
  readonly group: number;
  /** Has ended, and nobody has asked how. */
  readonly isZombie: boolean;
  /** In whole seconds, UTC: `Sat Aug  1 12:34:56 2026`. */
  readonly start: string;
}

/** What ps tells of the processes that `selection` selects (`-A`, `-p PID`). */
export async function askPs(run: RunProgram, selection: readonly string[]): Promise<readonly PsRow[]> {
  const output = await run("ps", [...selection, "-o", "pid=,pgid=,stat=,lstart="]);
  return [...output.matchAll(/^ *(\d+) +(\d+) +(\S+) +(\S.*\S)/gm)].map(([, pid, group, state = "", start = ""]) => ({
    pid: Number(pid),
    group: Number(group),
    isZombie: state.startsWith("Z"),
    start,
  }));
}
