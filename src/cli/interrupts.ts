import type { Clock } from "../base/clock.ts";

/** Signals that ask a program to end, and the exit code that says so: 128 and the signal's number. */
const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type EndSignal = keyof typeof codes;
const endSignals: readonly EndSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/** Some launchers send a Ctrl-C on that the terminal has sent already: what comes so soon is the same one. */
const SAME_PRESS_MS = 300;

/** The part of a process that is used. */
export interface SignalSource {
  on(signal: EndSignal, listener: () => void): unknown;
  off(signal: EndSignal, listener: () => void): unknown;
}

export interface Interrupts {
  /**
   * Runs `body` with a signal that the first Ctrl-C (or request to end) aborts; what it aborts with is the exit code.
   * A second one ends the process at once. Outside of this a signal does what it does to any program.
   */
  guard<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends what is guarded as a first Ctrl-C does, with this exit code. False where nothing is. */
  request(code: number): boolean;
}

/** `kill` ends the process at once with an exit code, leaving the terminal usable. */
export function createInterrupts(source: SignalSource, clock: Clock, kill: (code: number) => void): Interrupts {
  let current: AbortController | null = null;
  return {
    async guard(body) {
      const controller = new AbortController();
      let first: number | null = null;
      const press = (code: number) => {
        if (first === null) {
          first = clock.now();
          controller.abort(code);
        } else if (clock.now() - first > SAME_PRESS_MS) {
          kill(code);
        }
      };
      const listeners = endSignals.map((name) => ({ name, listener: () => press(codes[name]) }));
      for (const { name, listener } of listeners) source.on(name, listener);
      current = controller;
      try {
        return await body(controller.signal);
      } finally {
        current = null;
        for (const { name, listener } of listeners) source.off(name, listener);
      }
    },
    request(code) {
      current?.abort(code);
      return current !== null;
    },
  };
}
