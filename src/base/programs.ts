/** A program to start: at the head of a process group of its own, where the system has such groups. */
export interface Program {
  /** A path, or a name that is looked up in the PATH of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** All that it gets to read; nothing where it is absent. */
  readonly stdin?: string | Uint8Array;
}

/**
 * What is told of a program, in this order; `failed` comes instead of all that is still to come. None of them may throw.
 * Some may be called before `start` has returned.
 */
export interface ProgramEvents {
  started(pid: number): void;
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  /** It has ended, and what it wrote until then was told; processes that it left behind may go on writing. */
  exited(code: number | null, signal: string | null): void;
  /** Nobody can write to its outputs any more. */
  closed(code: number | null, signal: string | null): void;
  /** It could not be started, or it is not known any more what becomes of it. */
  failed(error: Error): void;
}

export interface RunningProgram {
  /** Of no effect once it has ended. Where there are no groups, `group` means the program alone. */
  kill(signal: NodeJS.Signals, whom: "program" | "group"): void;
}

/** Starts programs. Never throws. */
export interface ProgramStarter {
  start(program: Program, events: ProgramEvents): RunningProgram;
}
