/** One at a time for each key, in the order of asking. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `body` while nobody else holds the key. Asking for a key inside itself never ends. */
  run<T>(key: string, body: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(body);
    const tail = result.then(
      () => {},
      () => {},
    );
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }

  /** Holds several keys at once; they are taken in one order whoever asks, so that two can't wait for each other. */
  runAll<T>(keys: readonly string[], body: () => Promise<T>): Promise<T> {
    const [first, ...rest] = [...new Set(keys)].sort();
    return first === undefined ? body() : this.run(first, () => this.runAll(rest, body));
  }
}
