import { type Store, StoreUnavailableError } from "../../src/engine/store/port.ts";

/** A store that commits, and then says of some transactions that they timed out: of those for which `isStruck` answers true. */
export function createTimedOutStore(store: Store, isStruck: () => boolean): Store {
  const tell = async <T>(committing: Promise<T>): Promise<T> => {
    const outcome = await committing;
    if (isStruck()) throw new StoreUnavailableError("timed out");
    return outcome;
  };
  return {
    transaction: (body) => tell(store.transaction(body)),
    attempt: (body) => tell(store.attempt(body)),
    read: (body) => store.read(body),
    onEvent: store.onEvent,
    close: () => store.close(),
  };
}
