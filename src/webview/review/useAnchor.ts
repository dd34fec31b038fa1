import { type RefObject, useCallback, useEffect, useRef } from "react";

/** What is read, and how far below the top it begins, in pixels. */
interface Anchor {
  readonly element: Element;
  readonly top: number;
}

/**
 * Keeps what is read where it is when what stands above it gets another height: lines that come, comments, a heading. The
 * browser's own way gives up where what it holds on to is drawn anew. Answers what is to be called when it was scrolled, at
 * once where a program did it: the browser tells it with the next frame.
 */
export function useAnchor(root: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>): () => void {
  const anchor = useRef<Anchor | null>(null);

  useEffect(() => {
    if (content.current === null) return;
    const observer = new ResizeObserver(() => {
      const { current } = anchor;
      if (root.current === null || current === null) return;
      if (current.element.isConnected) root.current.scrollTop += topOf(root.current, current.element) - current.top;
      else anchor.current = anchorIn(root.current);
    });
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [root, content]);

  return useCallback(() => {
    anchor.current = root.current === null ? null : anchorIn(root.current);
  }, [root]);
}

const topOf = (root: Element, element: Element): number =>
  element.getBoundingClientRect().top - root.getBoundingClientRect().top;

/** Nothing at the very start: there, what comes is to be seen. */
function anchorIn(root: HTMLElement): Anchor | null {
  if (root.scrollTop === 0) return null;
  const section = lastAtTop(root, root.querySelectorAll("[data-file]"));
  if (section === undefined) return null;
  const element = lastAtTop(root, section.querySelectorAll(".hunk, .block")) ?? section;
  return { element, top: topOf(root, element) };
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
