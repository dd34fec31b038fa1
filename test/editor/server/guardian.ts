import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";

/**
 * `guardian.ts FOLDER COMMAND ARGUMENT…` runs a command in a process group of its own. As soon as standard input
 * closes, it ends the command with everything that it started, and deletes the folder. The test process holds the other
 * end, so nothing outlives it, however it ends: by a failing test, an interrupt or a kill that leaves no time to clean up.
 */
const [folder, command, ...args] = process.argv.slice(2);
if (folder === undefined || command === undefined) throw new Error("guardian: a folder and a command are needed");

/** Milliseconds between asking and forcing: an extension has 5 s for its deactivation. */
const grace = 6_000;
const posix = process.platform !== "win32";
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], detached: posix });
let known: ReadonlySet<number> = new Set();
let stopping = false;

process.stdin.resume();
process.stdin.on("close", stop);
process.stdin.on("error", stop);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
child.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  finish(1);
});
child.on("exit", (code) => {
  force();
  finish(stopping ? 0 : (code ?? 1));
});

function finish(code: number): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(code);
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  // Taken before the first signal: once a parent is gone its children can't be told from others.
  known = descendants();
  if (posix) {
    signalGroup("SIGTERM");
    setTimeout(force, grace);
  } else {
    force();
  }
}

function force(): void {
  if (posix) {
    signalGroup("SIGKILL");
    for (const pid of known) kill(pid, "SIGKILL");
  } else {
    forceOnWindows();
  }
}

function forceOnWindows(): void {
  try {
    execFileSync("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore" });
  } catch {
    // It has ended already.
  }
}

function signalGroup(signal: NodeJS.Signals): void {
  if (child.pid !== undefined) kill(-child.pid, signal);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Every process below the command, those in groups of their own included. */
function descendants(): ReadonlySet<number> {
  const found = new Set<number>(child.pid === undefined ? [] : [child.pid]);
  if (!posix) return found;
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of rows)
      if (pid !== undefined && parent !== undefined && found.has(parent)) found.add(pid);
  }
  return found;
}
