import { messageOf, type Result } from "../../base/errors.ts";
import type { MessageQuery } from "../../protocol/commands.ts";
import type { Filter, MessagesChange } from "../../protocol/messagesView.ts";
import type { MessagePage } from "../../protocol/records.ts";
import { createSettable, createTurns, type Watched } from "../shared/store.ts";
import { joined, LONGEST, rangesOf, refreshed, type Stretch } from "./stretch.ts";

/** What is loaded of a conversation. */
export interface ConversationShown {
  readonly items: Stretch;
  /** Whether there is more on either side. */
  readonly earlier: boolean;
  readonly later: boolean;
  /** Whether `items` differ from those before by earlier ones that were put in front. */
  readonly isPrepended: boolean;
  readonly phase: "loading" | "loaded" | "failed";
  readonly problem: string | null;
  /** Rises when it is opened anew somewhere; `at` says where: a message, or null for the end. */
  readonly opened: number;
  readonly at: number | null;
}

export interface Conversation extends Watched<ConversationShown> {
  /** Opens it at a message, or at its end. */
  open(at: number | null): Promise<void>;
  /** Goes to its end, which it follows from then on. */
  toEnd(): void;
  loadEarlier(): Promise<void>;
  loadLater(): Promise<void>;
  refresh(change: MessagesChange): Promise<void>;
  dispose(): void;
}

export interface ConversationDeps {
  page(query: MessageQuery): Promise<Result<MessagePage>>;
  readonly thread: string;
  readonly filter: Filter;
}

const PAGE = 200;
const AROUND = 50;

const nothing: ConversationShown = {
  items: [],
  earlier: false,
  later: false,
  isPrepended: false,
  phase: "loading",
  problem: null,
  opened: 0,
  at: null,
};

/** One conversation, or what of it fits a filter: a window on it that grows on both ends. Nothing rejects. */
export function createConversation({ page, thread, filter }: ConversationDeps): Conversation {
  const shown = createSettable(nothing);
  const inTurn = createTurns();
  const isFiltered = Object.keys(filter).length > 0;
  let disposed = false;
  /** Where it is to be opened, or was. */
  let wanted: number | null = null;

  const change = (changes: Partial<ConversationShown>) => {
    if (!disposed) shown.set({ ...shown.get(), isPrepended: false, phase: "loaded", problem: null, ...changes });
  };
  const ask = async (query: Omit<MessageQuery, "thread">): Promise<MessagePage> => {
    const answer = await page({ ...filter, thread, ...query });
    if (!answer.ok) throw new Error(answer.refusal.message);
    return answer.value;
  };
  const guarded = (task: () => Promise<void>) =>
    inTurn(async () => {
      if (disposed) return;
      try {
        await task();
      } catch (error) {
        change({ phase: "failed", problem: messageOf(error) });
      }
    });

  /** All of it from `after` on, up to where it was loaded before, or to its end. */
  const readOn = async (after: number, upTo: number): Promise<Pick<ConversationShown, "items" | "later">> => {
    let items: Stretch = [];
    for (let last = after; ; ) {
      const next = await ask({ after: last, limit: LONGEST });
      items = joined(items, next.messages);
      last = items.at(-1)?.seq ?? last;
      if (next.messages.length === 0 || !next.later || last >= upTo) return { items, later: next.later };
    }
  };

  const reload = async () => {
    const { items, later } = shown.get();
    const first = items[0];
    if (first === undefined) return openAt(null);
    change(await readOn(first.seq - 1, later ? (items.at(-1)?.seq ?? 0) : Number.MAX_SAFE_INTEGER));
  };

  const openAt = async (at: number | null) => {
    const opened = shown.get().opened + 1;
    if (at === null) {
      const { messages, earlier, later } = await ask({ limit: PAGE });
      return change({ items: messages, earlier, later, at, opened });
    }
    const from = await ask({ after: at - 1, limit: PAGE });
    const before = await ask({ before: at, limit: AROUND });
    const items = joined(before.messages, from.messages);
    change({ items, earlier: before.earlier, later: from.later, at, opened });
  };

  const readAgain = async (ids: readonly string[]) => {
    for (const { after, count } of rangesOf(shown.get().items, new Set(ids))) {
      const fresh = await ask({ after, limit: count });
      change({ items: refreshed(shown.get().items, fresh.messages) });
    }
  };

  const refreshSome = async (ids: readonly string[]) => {
    await readAgain(ids);
    const { items: current, later } = shown.get();
    if (later) return;
    const more = await readOn(current.at(-1)?.seq ?? 0, Number.MAX_SAFE_INTEGER);
    if (more.items.length === 0) return;
    change({ items: joined(current, more.items) });
    // A question stands otherwise once it is answered.
    await readAgain(more.items.flatMap(({ inReplyTo }) => (inReplyTo === null ? [] : [inReplyTo])));
  };

  const open = (at: number | null) => {
    wanted = at;
    return guarded(() => openAt(at));
  };

  return {
    get: shown.get,
    subscribe: shown.subscribe,
    open,
    toEnd() {
      const { later, opened } = shown.get();
      if (later || opened === 0) void open(null);
      else change({ opened: opened + 1, at: null });
    },
    loadEarlier: () =>
      guarded(async () => {
        const { items, earlier } = shown.get();
        const first = items[0];
        if (!earlier || first === undefined) return;
        const before = await ask({ before: first.seq, limit: PAGE });
        change({ items: joined(before.messages, items), earlier: before.earlier, isPrepended: true });
      }),
    loadLater: () =>
      guarded(async () => {
        const { items, later } = shown.get();
        const last = items.at(-1);
        if (!later || last === undefined) return;
        const after = await ask({ after: last.seq, limit: PAGE });
        change({ items: joined(items, after.messages), later: after.later });
      }),
    refresh: ({ messages, agents }) =>
      guarded(async () => {
        if (shown.get().opened === 0) return openAt(wanted);
        if (messages === null || (isFiltered && messages.length > 0)) return reload();
        // Whether what is pending will be read hangs on its recipient.
        const pending = agents ? shown.get().items.filter(({ status }) => status === "pending") : [];
        const ids = [...messages, ...pending.map(({ id }) => id)];
        if (ids.length > 0) await refreshSome(ids);
      }),
    dispose() {
      disposed = true;
    },
  };
}
