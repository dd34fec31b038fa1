/** A value that changes, for React to follow. */
export interface Watched<T> {
  get(): T;
  /** Returns what ends it. */
  subscribe(listener: () => void): () => void;
}

export interface Settable<T> extends Watched<T> {
  set(value: T): void;
}

export function createSettable<T>(first: T): Settable<T> {
  const listeners = new Set<() => void>();
  let value = first;
  return {
    get: () => value,
    set(next) {
      if (next === value) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** One after the other, in the order of asking. */
export function createTurns() {
  let tail: Promise<unknown> = Promise.resolve();
  return <T>(task: () => Promise<T>): Promise<T> => {
    const result = tail.then(task);
    tail = result.catch(() => undefined);
    return result;
  };
}
