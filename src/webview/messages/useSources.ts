import { useEffect, useMemo, useRef } from "react";
import { useRested } from "../shared/hooks.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { useHost } from "./hooks.ts";
import { type Filters, isFiltering, queryOf, type Saved } from "./saved.ts";
import { createThreads, type Threads } from "./threads.ts";

/** Milliseconds that somebody who types a search pauses. */
const TYPING_MS = 250;
const nothing = {};

export interface Sources {
  readonly threads: Threads;
  readonly conversation: Conversation | null;
  readonly isFiltered: boolean;
  /** Where the next conversation is opened: at this message. */
  startAt(seq: number | null): void;
}

/** The list and the conversation for what is chosen, kept up to date. */
export function useSources({ filters, thread, whole, reading }: Saved): Sources {
  const host = useHost();
  const rested: Filters = useRested(filters, TYPING_MS);
  const filter = useMemo(() => queryOf(rested), [rested]);
  const threadId = thread?.id ?? null;
  const start = useRef<number | null>(reading?.seq ?? null);

  const threads = useMemo(() => createThreads({ threads: host.threads, filter }), [host, filter]);
  const ownFilter = whole ? nothing : filter;
  const conversation = useMemo(
    () => (threadId === null ? null : createConversation({ page: host.page, thread: threadId, filter: ownFilter })),
    [host, threadId, ownFilter],
  );

  useEffect(() => {
    void threads.refresh();
    const listening = host.onChange(() => void threads.refresh());
    return () => {
      listening.dispose();
      threads.dispose();
    };
  }, [host, threads]);

  useEffect(() => {
    if (conversation === null) return;
    void conversation.open(start.current);
    start.current = null;
    const listening = host.onChange((change) => void conversation.refresh(change));
    return () => {
      listening.dispose();
      conversation.dispose();
    };
  }, [host, conversation]);

  return {
    threads,
    conversation,
    isFiltered: isFiltering(rested),
    startAt(seq) {
      start.current = seq;
    },
  };
}
