import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * When a process started, in a form that is only good for comparing; undefined where the platform doesn't tell. A pid
 * alone is no name: it is given out again.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "linux") {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      // Field 22 of proc(5); the second one, the command, may hold spaces and parentheses.
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    }
    if (process.platform === "darwin") {
      const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
      return stdout.trim();
    }
  } catch {
    // Gone, or not ours to look at.
  }
  return undefined;
}

/** Whether the process that had this pid and started then still runs. */
export async function isAlive(pid: number, startedAs: string | undefined): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const forbidden = error instanceof Error && "code" in error && error.code === "EPERM";
    if (!forbidden) return false;
  }
  const now = await processStart(pid);
  return startedAs === undefined || now === undefined || now === startedAs;
}
