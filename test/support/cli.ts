import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** How a command of the terminal ended. */
export interface CliOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly child: ChildProcess;
  readonly ended: Promise<CliOutcome>;
  /** Resolves when stdout or stderr holds the text; rejects when the command ends without it. */
  says(text: string | RegExp): Promise<void>;
}

const BUNDLE = resolve("dist/cli.js");

export interface CliOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** At the head of a process group of its own, so that it can be killed with all that it didn't set apart. */
  readonly group?: boolean;
}

/** Starts `banyan` as it is built, in a process of its own. */
export function startCli(args: readonly string[], options: CliOptions): CliRun {
  if (!existsSync(BUNDLE)) throw new Error("dist/cli.js is missing: run npm run build first");
  const child = spawn(process.execPath, [BUNDLE, ...args], {
    cwd: options.cwd,
    // Whoever runs the tests has settings of their own, which must not count in them.
    env: { ...process.env, NO_COLOR: "1", XDG_CONFIG_HOME: resolve("no-settings"), ...options.env },
    detached: options.group === true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const hear = (append: (chunk: string) => void) => (chunk: Buffer) => {
    append(chunk.toString());
    for (const listener of [...listeners]) listener();
  };
  child.stdout.on(
    "data",
    hear((chunk) => (stdout += chunk)),
  );
  child.stderr.on(
    "data",
    hear((chunk) => (stderr += chunk)),
  );
  const ended = new Promise<CliOutcome>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  const holds = (text: string | RegExp) =>
    typeof text === "string" ? (stdout + stderr).includes(text) : text.test(stdout + stderr);
  return {
    child,
    ended,
    says: (text) =>
      new Promise((done, fail) => {
        const look = () => {
          if (!holds(text)) return;
          listeners.delete(look);
          done();
        };
        listeners.add(look);
        look();
        ended.then(() => fail(new Error(`the command ended without ${text}:\n${stdout}${stderr}`)), fail);
      }),
  };
}

export const runCli = (args: readonly string[], options: CliOptions): Promise<CliOutcome> =>
  startCli(args, options).ended;
