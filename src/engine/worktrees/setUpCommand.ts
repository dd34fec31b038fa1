import { type ChildProcess, execFile, spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Environment } from "./environment.ts";
import type { Room } from "./room.ts";

/** One run of the user's set-up command. */
export interface SetUpRun {
  readonly command: string;
  /** The worktree. */
  readonly folder: string;
  /** Gets all that it writes. */
  readonly log: string;
}

/** What `spawn` starts for a command. */
const SHELL = process.platform === "win32" ? "cmd" : "sh";

/** How long what was told to end may take, in milliseconds, before it is killed. */
const GRACE = 5_000;

/**
 * Runs the command through the user's shell, in a process group of its own, until it has ended; what it left running is
 * ended too. Refuses with `set_up_failed` and the last it said where it fails or takes too long; rejects with the
 * signal's reason when that aborts.
 */
export async function runSetUpCommand(room: Room, run: SetUpRun, signal?: AbortSignal): Promise<Result<null>> {
  signal?.throwIfAborted();
  const output = await open(run.log, "w", 0o600);
  try {
    const ending = await runToItsEnd(room, run, output.fd, signal);
    signal?.throwIfAborted();
    if (ending === "exited with 0") return ok(null);
    const last = await lastLines(run.log);
    return refuse(
      "set_up_failed",
      `the set-up command ${ending}${last === "" ? "" : `: ${last}`} (all that it wrote is in ${run.log}; it is banyan.worktrees.setUp in your settings)`,
    );
  } finally {
    await output.close();
  }
}

/** How it ended: `exited with 1`. */
async function runToItsEnd(room: Room, run: SetUpRun, output: number, signal?: AbortSignal): Promise<string> {
  const { recorder } = room.repository;
  recorder.assertLeading();
  const child = spawn(run.command, {
    shell: true,
    cwd: run.folder,
    env: {
      ...userEnvironment(room.repository.environment),
      BANYAN_CHECKOUT: room.repository.root,
      ...recorder.environment,
    },
    detached: process.platform !== "win32",
    windowsHide: true,
    stdio: ["ignore", output, output],
  });
  const ended = endOf(child);
  const record =
    child.pid === undefined ? undefined : recorder.started({ pid: child.pid, program: SHELL, what: "set-up command" });
  const done = new AbortController();
  try {
    const time = timeOut(room, done.signal, signal);
    const first = await Promise.race([ended, time]);
    await endGroup(room, child, ended);
    return first;
  } finally {
    done.abort();
    record?.dispose();
  }
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(code === null ? `was ended by ${signal}` : `exited with ${code}`));
  });

/** Resolves when the time is up, or the signal aborts; never once `done` has aborted. */
async function timeOut(room: Room, done: AbortSignal, signal: AbortSignal | undefined): Promise<string> {
  const { setUpMilliseconds } = room.settings;
  const stop = signal === undefined ? done : AbortSignal.any([done, signal]);
  try {
    await room.clock.sleep(setUpMilliseconds, stop);
    return `took more than ${setUpMilliseconds / 60_000} min and was ended`;
  } catch {
    return "was stopped";
  }
}

/** Ends what is left of the group: all of it, where the command has not ended by itself. */
async function endGroup(room: Room, child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  signalGroup(child, "SIGTERM");
  if (hasEnded) return;
  const patience = new AbortController();
  const tooLong = room.clock.sleep(GRACE, patience.signal).then(
    () => signalGroup(child, "SIGKILL"),
    () => {},
  );
  await ended;
  patience.abort();
  await tooLong;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (process.platform === "win32") {
    const taskkill = join(process.env.SystemRoot ?? "C:\\Windows", "System32", "taskkill.exe");
    execFile(taskkill, ["/T", "/F", "/PID", String(pid)], { windowsHide: true }, () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}

/** The user's variables, without those that would lead git elsewhere or belong to the editor's own processes. */
function userEnvironment(source: Environment): Record<string, string> {
  const own = /^(?:GIT_|VSCODE_|ELECTRON_)/i;
  const kept = Object.entries(source).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(kept.filter(([name]) => !own.test(name)));
}

const TAIL_BYTES = 4_096;
const TAIL_LINES = 3;
const TAIL_CHARACTERS = 400;

/** The last it wrote, on one line that a terminal only shows. */
async function lastLines(log: string): Promise<string> {
  const file = await open(log, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const lines = plainText(buffer.toString())
      .split("\n")
      .filter((line) => line.trim() !== "");
    return lines
      .slice(-TAIL_LINES)
      .map((line) => line.trim())
      .join(" | ")
      .slice(-TAIL_CHARACTERS);
  } finally {
    await file.close();
  }
}

const ESCAPE = String.fromCharCode(27);
const sequences = new RegExp(`${ESCAPE}(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\\u0007]*\\u0007)`, "g");

const plainText = (text: string): string => text.replace(sequences, "").replace(/[^\P{Cc}\n]/gu, " ");
