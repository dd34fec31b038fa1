import { createContext, type RefObject, useContext, useEffect, useState } from "react";

/** Tells which parts of a long page are near what is seen: only those are drawn in full. */
export interface Nearness {
  /** Returns what ends it. */
  watch(element: Element, listener: (isNear: boolean, height: number) => void): () => void;
}

/** How far from what is seen a part is near already, in pixels. */
const NEAR = "800px 0px";

export function createNearness(root: Element): Nearness {
  const listeners = new WeakMap<Element, (isNear: boolean, height: number) => void>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting, boundingClientRect } of entries) {
        listeners.get(target)?.(isIntersecting, boundingClientRect.height);
      }
    },
    { root, rootMargin: NEAR },
  );
  return {
    watch(element, listener) {
      listeners.set(element, listener);
      observer.observe(element);
      return () => {
        observer.unobserve(element);
        listeners.delete(element);
      };
    },
  };
}

export const NearContext = createContext<Nearness | null>(null);

export interface Near {
  readonly isNear: boolean;
  /** Pixels that it took when it was near the last time; null before that. */
  readonly height: number | null;
}

/** What has the focus stays near, wherever the page was scrolled to. */
export function useNear(element: RefObject<Element | null>): Near {
  const nearness = useContext(NearContext);
  const [near, setNear] = useState<Near>({ isNear: false, height: null });
  useEffect(() => {
    const watched = element.current;
    if (nearness === null || watched === null) return;
    return nearness.watch(watched, (isNear, height) => {
      if (isNear) setNear((current) => (current.isNear ? current : { ...current, isNear }));
      else if (!watched.contains(document.activeElement)) {
        setNear((current) => (current.isNear ? { isNear, height } : current));
      }
    });
  }, [nearness, element]);
  return near;
}
