import { type Disposable, toDisposable } from "./disposable.ts";

/** A child process at the head of a process group of its own; Windows has no groups. */
export interface StartedProcess {
  readonly pid: number;
  /** The program without folder and suffix: `git`. */
  readonly program: string;
  /** What a person calls it: `git merge`. Goes to the log: names, no contents. */
  readonly what: string;
}

/**
 * Keeps in mind which processes run, for whoever comes after a process that was killed: that one can't end what it
 * started. Who starts a process that could do harm after that is given one of these.
 */
export interface ProcessRecorder {
  /** Variables to start the child with: they tell it from a stranger when the head of its group is gone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Throws where another process leads by now: nothing that changes anything is started then. */
  assertLeading(): void;
  /** To be called as soon as the child has a pid, and disposed as soon as it has ended. Never throws. */
  started(child: StartedProcess): Disposable;
}

/** For processes that only read, and end by themselves. */
export const noRecorder: ProcessRecorder = {
  environment: {},
  assertLeading() {},
  started: () => toDisposable(() => {}),
};
