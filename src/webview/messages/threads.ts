import { messageOf, type Result } from "../../base/errors.ts";
import type { ThreadQuery } from "../../protocol/commands.ts";
import type { Filter } from "../../protocol/messagesView.ts";
import type { ThreadPage, ThreadRecord } from "../../protocol/records.ts";
import { createSettable, createTurns, type Watched } from "../shared/store.ts";
import { LONGEST } from "./stretch.ts";

/** The conversations that are loaded, the one with the newest message first. */
export interface ThreadsShown {
  readonly threads: readonly ThreadRecord[];
  readonly more: boolean;
  readonly phase: "loading" | "loaded" | "failed";
  readonly problem: string | null;
}

export interface Threads extends Watched<ThreadsShown> {
  /** Reads what is loaded again, or the first page. */
  refresh(): Promise<void>;
  loadMore(): Promise<void>;
  dispose(): void;
}

export interface ThreadsDeps {
  threads(query: ThreadQuery): Promise<Result<ThreadPage>>;
  readonly filter: Filter;
}

const PAGE = 100;

/** Nothing rejects. */
export function createThreads({ threads, filter }: ThreadsDeps): Threads {
  const shown = createSettable<ThreadsShown>({ threads: [], more: false, phase: "loading", problem: null });
  const inTurn = createTurns();
  let disposed = false;

  const read = (query: (current: ThreadsShown) => Omit<ThreadQuery, keyof Filter>, merge: Merge) =>
    inTurn(async () => {
      if (disposed) return;
      const next = await ask({ ...filter, ...query(shown.get()) }).catch((error) => messageOf(error));
      if (disposed) return;
      if (typeof next === "string") shown.set({ ...shown.get(), phase: "failed", problem: next });
      else shown.set({ ...merge(shown.get(), next), phase: "loaded", problem: null });
    });

  const ask = async (query: ThreadQuery): Promise<ThreadPage> => {
    const answer = await threads(query);
    if (!answer.ok) throw new Error(answer.refusal.message);
    return answer.value;
  };

  return {
    get: shown.get,
    subscribe: shown.subscribe,
    refresh: () =>
      read(({ threads: loaded }) => ({ limit: Math.min(LONGEST, Math.max(PAGE, loaded.length)) }), withTop),
    loadMore: () =>
      read(
        ({ threads: loaded }) => ({ before: loaded.at(-1)?.lastSeq, limit: PAGE }),
        (current, next) => ({
          threads: [...current.threads, ...next.threads],
          more: next.more,
        }),
      ),
    dispose() {
      disposed = true;
    },
  };
}

type Merge = (current: ThreadsShown, next: ThreadPage) => ThreadPage;

/** What was read from the top, and of what was loaded before that which comes behind it. */
const withTop: Merge = (current, next) => {
  const last = next.threads.at(-1)?.lastSeq ?? 0;
  const known = new Set(next.threads.map(({ id }) => id));
  const rest = next.more ? current.threads.filter(({ id, lastSeq }) => lastSeq < last && !known.has(id)) : [];
  return { threads: [...next.threads, ...rest], more: rest.length > 0 ? current.more : next.more };
};
