import { type RefObject, useCallback, useEffect, useRef } from "react";

/** What is read, and how far below the start of everything it begins, in pixels. */
interface Anchor {
  readonly element: Element;
  readonly offset: number;
}

/**
 * Keeps what is read where it is when what stands above it gets another height: lines that come, comments, a heading. The
 * browser's own way gives up where what it holds on to is drawn anew. Answers what is to be called when it was scrolled, at
 * once where a program did it: the browser tells it with the next frame.
 */
export function useAnchor(root: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>): () => void {
  const anchor = useRef<Anchor | null>(null);

  const keep = useCallback(() => {
    if (root.current !== null && anchor.current !== null) anchor.current = kept(root.current, anchor.current);
  }, [root]);

  useEffect(() => {
    if (content.current === null) return;
    const observer = new ResizeObserver(keep);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [content, keep]);

  return useCallback(() => {
    keep();
    anchor.current = root.current === null ? null : anchorIn(root.current);
  }, [root, keep]);
}

/** Scrolls by what the anchor was moved; answers where it is now. One that is gone is replaced by what is there. */
function kept(root: HTMLElement, anchor: Anchor): Anchor | null {
  if (!anchor.element.isConnected) return anchorIn(root);
  const offset = offsetOf(root, anchor.element);
  if (offset !== anchor.offset) root.scrollTop += offset - anchor.offset;
  return { ...anchor, offset };
}

const topOf = (root: Element, element: Element): number =>
  element.getBoundingClientRect().top - root.getBoundingClientRect().top;

/** The same wherever it is scrolled to: it may have been since the anchor was taken. */
const offsetOf = (root: Element, element: Element): number => topOf(root, element) + root.scrollTop;

/** Nothing at the very start: there, what comes is to be seen. */
function anchorIn(root: HTMLElement): Anchor | null {
  if (root.scrollTop === 0) return null;
  const section = lastAtTop(root, root.querySelectorAll("[data-file]"));
  if (section === undefined) return null;
  const element = lastAtTop(root, section.querySelectorAll(".hunk, .block")) ?? section;
  return { element, offset: offsetOf(root, element) };
}

/** Of elements below each other: the last one that begins at the top or above it. */
export function lastAtTop(root: Element, elements: NodeListOf<Element>, below = 1): Element | undefined {
  let [low, high] = [0, elements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = elements[middle];
    if (element !== undefined && topOf(root, element) <= below) low = middle + 1;
    else high = middle;
  }
  return elements[low - 1];
}
