import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { systemClock } from "../../src/base/clock.ts";

const TOO_LONG_MS = 30_000;

/** Resolves once something is so; looks again and again, and rejects when that takes too long. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = systemClock.now() + TOO_LONG_MS;
  while (!(await isSo())) {
    if (systemClock.now() > deadline) throw new Error(`in vain: ${what}`);
    await systemClock.sleep(5);
  }
}

/** Whether a process runs; a zombie doesn't. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return process.platform !== "linux" || /^State:\s+[^ZX]/m.test(status);
}

/** A shell at the head of a process group of its own. */
export interface TestGroup {
  readonly pid: number;
  /** Pids of processes of the group, as the script wrote them, one a line. */
  readonly members: readonly number[];
}

/**
 * Starts a script that writes pids, and then `ready`; resolves once it has. The group ends with the test, if it still
 * runs.
 */
export async function startGroup(
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestGroup> {
  const env = { ...process.env, ...environment };
  const child = spawn("sh", ["-c", script], { env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const { pid } = child;
  if (pid === undefined) throw new Error("no shell could be started");
  onTestFinished(() => endGroup(pid));
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await until("the group is ready", () => said.includes("ready\n"));
  return { pid, members: [...said.matchAll(/^\d+$/gm)].map(Number) };
}

/**
 * A script for `startGroup` that leaves a zombie, whose pid it writes: its head never asks how this child ended.
 * `starter` starts the child: `setsid` makes a group of it.
 */
export const neglecting = (starter = ""): string => `
  ${starter} sh -c 'echo $$; until [ "$(ps -o comm= -p $PPID)" = sleep ]; do sleep 0.01; done; echo ready' &
  exec sleep 1000`;

/** Ends a group that may have ended already. */
export function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended.
  }
}
