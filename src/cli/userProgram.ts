import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { gitEnvironment } from "../engine/worktrees/environment.ts";

export interface UserCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** It may ask the user on the terminal, for a password for instance. */
  readonly mayAsk: boolean;
  /** Gets what it writes, line by line. */
  onLine(text: string, stream: "stdout" | "stderr"): void;
}

/**
 * Runs a program as the user would, with the user's credentials and hooks, in the terminal's own process group, so that
 * it can ask, and a Ctrl-C ends it. Answers its exit code; null where there is no such program.
 */
export function runAsUser({ program, args, cwd, mayAsk, onLine }: UserCall): Promise<number | null> {
  const { GIT_TERMINAL_PROMPT: _, ...environment } = gitEnvironment(process.env, "own");
  const env = mayAsk ? environment : { ...environment, GIT_TERMINAL_PROMPT: "0" };
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { cwd, env, stdio: [mayAsk ? "inherit" : "ignore", "pipe", "pipe"] });
    for (const stream of ["stdout", "stderr"] as const) {
      createInterface({ input: child[stream] }).on("line", (text) => onLine(text, stream));
    }
    child.on("error", (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? resolve(null) : reject(error)));
    child.on("close", (code, signal) =>
      code === null ? reject(new Error(`${program} was ended by ${signal}`)) : resolve(code),
    );
  });
}
