import { setImmediate } from "node:timers/promises";

/** Milliseconds that work in place may take of one turn of the event loop. */
const TURN_MS = 2;

/** Says how much of a turn of the event loop has gone into work that is done in place. */
export class LoopTurn {
  #began: number | undefined;

  /** Whether others have had their turn of the event loop a short while ago. */
  isInTime(): boolean {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      void setImmediate().then(() => {
        this.#began = undefined;
      });
    }
    return now - this.#began < TURN_MS;
  }
}

/** Milliseconds that flushes may take on average to be waited for in place; what is taken for the average at first. */
const QUICK_MS = 2;
const UNKNOWN_MS = 4;
/** Share of the newest flush in the average. */
const NEWEST = 0.2;
/** Bytes of a flush that may be waited for in place. */
const SMALL = 8 * 1024;

/**
 * Says whether a flush is waited for in place: handing it to another thread takes as long as a quick one itself. On a
 * slow disk none is, and no other work waits for more than a few of them.
 */
export class Pace extends LoopTurn {
  #average = UNKNOWN_MS;

  record(milliseconds: number): void {
    this.#average += NEWEST * (milliseconds - this.#average);
  }

  isQuick(bytes: number): boolean {
    return this.#average <= QUICK_MS && bytes <= SMALL;
  }
}
