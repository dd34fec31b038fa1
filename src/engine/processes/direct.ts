import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Program, ProgramEvents, ProgramStarter, RunningProgram } from "../../base/programs.ts";

export interface DirectProgram extends RunningProgram {
  /** Stops reading what it writes, so that it has to wait, or goes on. */
  hold(isHeld: boolean): void;
}

export interface DirectStarter extends ProgramStarter {
  start(program: Program, events: ProgramEvents): DirectProgram;
}

/** Starts programs from this process, whose event loop waits the longer for it the more memory the process has. */
export const directStarter: DirectStarter = {
  start(program, events) {
    try {
      return follow(spawnProgram(program), program, events);
    } catch (error) {
      events.failed(error instanceof Error ? error : new Error(String(error)));
      return { kill() {}, hold() {} };
    }
  },
};

const hasGroups = process.platform !== "win32";

const spawnProgram = ({ file, args, cwd, env }: Program): ChildProcessWithoutNullStreams =>
  spawn(file, [...args], { cwd, env, detached: hasGroups, windowsHide: true });

function follow(child: ChildProcessWithoutNullStreams, { stdin }: Program, events: ProgramEvents): DirectProgram {
  if (child.pid !== undefined) events.started(child.pid);
  child.stdout.on("data", (chunk: Buffer) => events.stdout(chunk));
  child.stderr.on("data", (chunk: Buffer) => events.stderr(chunk));
  // One that ends before it has read all its input breaks the pipe; how it ended says what happened.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  child.on("error", (error) => {
    if (child.pid === undefined) events.failed(error);
  });
  let hasExited = false;
  const exited = (code: number | null, signal: string | null) => {
    if (!hasExited) events.exited(code, signal);
    hasExited = true;
  };
  child.on("exit", (code, signal) => setImmediate(exited, code, signal));
  child.on("close", (code, signal) => {
    if (child.pid === undefined) return;
    exited(code, signal);
    events.closed(code, signal);
  });
  return { kill: (signal, whom) => kill(child, signal, whom), hold: (isHeld) => hold(child, isHeld) };
}

function kill(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals, whom: "program" | "group"): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (whom === "group" && hasGroups) signalGroup(child.pid, signal);
  else child.kill(signal);
}

function hold(child: ChildProcessWithoutNullStreams, isHeld: boolean): void {
  for (const output of [child.stdout, child.stderr]) {
    if (isHeld) output.pause();
    else output.resume();
  }
}

/** Answers whether there is such a group. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(hasGroups ? -group : group, signal);
    return true;
  } catch {
    return false;
  }
}
