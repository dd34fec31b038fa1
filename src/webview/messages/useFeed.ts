import { type KeyboardEvent, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VListHandle } from "virtua";
import type { Conversation, ConversationShown } from "./conversation.ts";
import type { Reading } from "./saved.ts";

/** Pixels from the end that still count as the end. */
const NEAR_END = 30;
/** Messages before either end of what is loaded at which more is loaded. */
const AHEAD = 40;
/** Milliseconds until a conversation stands where it was opened. */
const OPENING_MS = 300;

export interface Feed {
  readonly list: RefObject<VListHandle | null>;
  /** Messages that came below while something above was read. */
  readonly unread: number;
  readonly isAtEnd: boolean;
  onScroll(offset: number): void;
  onScrollEnd(): void;
  onResize(): void;
  onKeyDown(event: KeyboardEvent<HTMLElement>): void;
  toEnd(): void;
}

/**
 * How a conversation is scrolled. At its end it follows what comes; elsewhere it stays where the user reads, and counts.
 * It loads more before either end is reached.
 */
export function useFeed(
  conversation: Conversation,
  shown: ConversationShown,
  reading: Reading | null,
  onReading: (reading: Reading | null) => void,
): Feed {
  const list = useRef<VListHandle>(null);
  const lastOffset = useRef(0);
  const follows = useRef(true);
  const seen = useRef(0);
  /** While messages are measured, where the view stands says nothing. */
  const opening = useRef(false);
  const [isAtEnd, setAtEnd] = useState(true);
  const { items, earlier, later, opened, at } = shown;
  const lastSeq = items.at(-1)?.seq ?? 0;
  const current = useRef({ items, earlier, later });
  const start = useRef(reading);

  useLayoutEffect(() => {
    current.current = { items, earlier, later };
  });

  const isNearEnd = useCallback(() => {
    const view = list.current;
    if (view === null || current.current.later) return false;
    return view.scrollOffset + view.viewportSize >= view.scrollSize - NEAR_END;
  }, []);

  const settle = useCallback((end: boolean) => {
    follows.current = end;
    if (end) seen.current = current.current.items.at(-1)?.seq ?? 0;
    setAtEnd(end);
  }, []);

  const loadAround = useCallback(() => {
    const view = list.current;
    const { items: loaded, earlier: hasEarlier, later: hasLater } = current.current;
    if (view === null || loaded.length === 0 || opening.current) return;
    if (hasEarlier && view.findItemIndex(view.scrollOffset) < AHEAD) void conversation.loadEarlier();
    const bottom = view.findItemIndex(view.scrollOffset + view.viewportSize);
    if (hasLater && bottom > loaded.length - AHEAD) void conversation.loadLater();
  }, [conversation]);

  // Where it was opened.
  useLayoutEffect(() => {
    if (opened === 0) return;
    opening.current = true;
    const { items: loaded } = current.current;
    const index = at === null ? -1 : loaded.findIndex(({ seq }) => seq >= at);
    if (index === -1) {
      list.current?.scrollToIndex(loaded.length - 1, { align: "end" });
      settle(true);
    } else {
      const offset = start.current?.seq === at ? start.current.offset : 0;
      list.current?.scrollToIndex(index, { align: "start", offset });
      seen.current = loaded.at(-1)?.seq ?? 0;
      settle(false);
    }
    const timer = setTimeout(() => {
      if (!opening.current) return;
      opening.current = false;
      settle(isNearEnd());
      loadAround();
    }, OPENING_MS);
    return () => clearTimeout(timer);
  }, [opened, at, settle, isNearEnd, loadAround]);

  // What came.
  useLayoutEffect(() => {
    if (lastSeq === 0 || !follows.current) return;
    list.current?.scrollToIndex(current.current.items.length - 1, { align: "end" });
    seen.current = lastSeq;
  }, [lastSeq]);

  // Where the user scrolls counts at once.
  useEffect(() => {
    const take = () => {
      opening.current = false;
    };
    for (const kind of scrolling) window.addEventListener(kind, take, { capture: true, passive: true });
    return () => {
      for (const kind of scrolling) window.removeEventListener(kind, take, { capture: true });
    };
  }, []);

  // A short page doesn't fill the view, which then is never scrolled.
  useEffect(() => {
    if (items.length > 0) loadAround();
  }, [items.length, loadAround]);

  return {
    list,
    unread: isAtEnd ? 0 : items.filter(({ seq }) => seq > seen.current).length,
    isAtEnd,
    onScroll(offset) {
      const wentUp = offset < lastOffset.current - 1;
      lastOffset.current = offset;
      if (opening.current) return;
      if (isNearEnd()) settle(true);
      else if (wentUp || current.current.later) settle(false);
      loadAround();
    },
    onScrollEnd() {
      const view = list.current;
      if (view === null || opening.current) return;
      const index = view.findItemIndex(view.scrollOffset);
      const top = items[index];
      if (follows.current || top === undefined) onReading(null);
      else onReading({ seq: top.seq, offset: view.scrollOffset - view.getItemOffset(index) });
    },
    onResize() {
      if (follows.current) list.current?.scrollToIndex(current.current.items.length - 1, { align: "end" });
      else if (!opening.current && fits(list.current)) settle(true);
    },
    onKeyDown: (event) => moveByKey(event, list.current, conversation, items.length),
    toEnd() {
      conversation.toEnd();
    },
  };
}

/** What a user scrolls with. */
const scrolling = ["wheel", "pointerdown", "keydown", "touchmove"] as const;

/** Whether all that is loaded is seen at once. */
const fits = (view: VListHandle | null): boolean =>
  view !== null && view.viewportSize > 0 && view.scrollSize <= view.viewportSize;

const focusable = "article[data-seq]";

/** Arrows go from message to message; Home and End to the first one that is loaded, and to the last. */
function moveByKey(
  event: KeyboardEvent<HTMLElement>,
  view: VListHandle | null,
  conversation: Conversation,
  count: number,
): void {
  const { target, currentTarget, key } = event;
  if (view === null || !(target instanceof HTMLElement)) return;
  if (target !== currentTarget && !target.matches(focusable)) return;
  if (key === "Home" || key === "End") {
    event.preventDefault();
    if (key === "End" && conversation.get().later) void conversation.open(null);
    view.scrollToIndex(key === "Home" ? 0 : count - 1, { align: key === "Home" ? "start" : "end" });
    return;
  }
  const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const articles = [...currentTarget.querySelectorAll<HTMLElement>(focusable)];
  const visibleOnes = articles.filter((article) => isIn(article, currentTarget));
  const next =
    target === currentTarget
      ? step === 1
        ? visibleOnes[0]
        : visibleOnes.at(-1)
      : articles[articles.indexOf(target) + step];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function isIn(article: HTMLElement, view: HTMLElement): boolean {
  const inner = article.getBoundingClientRect();
  const outer = view.getBoundingClientRect();
  return inner.bottom > outer.top && inner.top < outer.bottom;
}
