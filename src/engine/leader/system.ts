import type { ProcessRecord } from "./processRecord.ts";

/** What an operating system tells of recorded processes, and does to them. */
export interface ProcessSystem {
  /** What tells a process from a later one of the same pid; undefined where asking would cost more than its record. */
  identity(pid: number): string | undefined;
  /** Whether the recorded process, or what is left of its group, still runs: proven, not guessed from a pid. */
  isOurs(record: ProcessRecord): Promise<boolean>;
  /** Whether anything of the group runs. Says so of a stranger's group too: ask `isOurs` first. A zombie has ended. */
  runs(record: ProcessRecord): Promise<boolean>;
  /** Signals the whole group; one that is gone is no error. */
  signal(record: ProcessRecord, signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}
