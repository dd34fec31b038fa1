import { join } from "node:path";
import type { ProcessRecord } from "./processRecord.ts";
import type { RunProgram } from "./programs.ts";
import type { ProcessSystem } from "./system.ts";

/**
 * Windows has no process groups; `taskkill` ends a process with those it started. `folder` is the system's own: a name
 * alone would be looked for in the current folder first.
 */
export function createWindowsSystem(run: RunProgram, folder: string): ProcessSystem {
  const hasImage = async ({ pid, program }: ProcessRecord) => {
    const output = await run(join(folder, "tasklist.exe"), ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]);
    return imageOf(output, pid)?.toLowerCase() === `${program}.exe`.toLowerCase();
  };
  return {
    identity: () => undefined,
    isOurs: hasImage,
    runs: hasImage,
    async signal({ pid }) {
      await run(join(folder, "taskkill.exe"), ["/T", "/F", "/PID", String(pid)]).catch(() => "");
    },
  };
}

/** The program of a process in what `tasklist` wrote; undefined where there is none, which it says in a sentence. */
export function imageOf(output: string, pid: number): string | undefined {
  return new RegExp(`^"([^"]+)","${pid}",`, "m").exec(output)?.[1];
}
