import { setImmediate } from "node:timers/promises";
import { LoopTurn } from "./pace.ts";

/** Lets one in at a time, in the order in which they came; however long the line is, the event loop turns meanwhile. */
export class Line {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;
  readonly #turn = new LoopTurn();
  readonly #onEmpty: () => void;

  /** `onEmpty` is called whenever the last one has left, before it is told that it is done. Must not throw. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** Resolves, or rejects, as `work` does, which begins when all before it are done. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#length += 1;
    const done = this.#last.then(() => (this.#turn.isInTime() ? work() : setImmediate().then(work)));
    this.#last = done.then(this.#leave, this.#leave);
    return done;
  }

  readonly #leave = (): void => {
    this.#length -= 1;
    if (this.#length === 0) this.#onEmpty();
  };
}
