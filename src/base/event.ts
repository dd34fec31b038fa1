import { type Disposable, toDisposable } from "./disposable.ts";

/** Subscribes a listener; the disposable it returns unsubscribes it. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Fires values to listeners. A listener that throws is reported and cannot stop the others or the one who fires. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  readonly event: Event<T> = (listener) => {
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    return toDisposable(() => this.#listeners.delete(own));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
