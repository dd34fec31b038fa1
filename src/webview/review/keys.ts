import type { Decision } from "../../protocol/words.ts";

const PAGE_STEP = 10;

/** Where a key leads in a list of so many; undefined where it leads nowhere. */
export function nextIndex(key: string, index: number, count: number): number | undefined {
  const clamped = (wanted: number) => Math.max(0, Math.min(count - 1, wanted));
  switch (key) {
    case "ArrowDown":
      return clamped(index + 1);
    case "ArrowUp":
      return clamped(index - 1);
    case "PageDown":
      return clamped(index + PAGE_STEP);
    case "PageUp":
      return clamped(index - PAGE_STEP);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** What a key does in the changes. */
export type KeyAct =
  | { readonly kind: "go"; readonly to: "row" | "hunk" | "file"; readonly by: 1 | -1 }
  | { readonly kind: "decide"; readonly decision: Decision }
  | { readonly kind: "fold"; readonly isFolded: boolean }
  | { readonly kind: "comment" };

const keyActs: Readonly<Record<string, KeyAct | undefined>> = {
  ArrowDown: { kind: "go", to: "row", by: 1 },
  ArrowUp: { kind: "go", to: "row", by: -1 },
  n: { kind: "go", to: "hunk", by: 1 },
  p: { kind: "go", to: "hunk", by: -1 },
  N: { kind: "go", to: "file", by: 1 },
  P: { kind: "go", to: "file", by: -1 },
  a: { kind: "decide", decision: "accepted" },
  r: { kind: "decide", decision: "rejected" },
  c: { kind: "comment" },
  ArrowLeft: { kind: "fold", isFolded: true },
  ArrowRight: { kind: "fold", isFolded: false },
};

export const keyAct = (key: string): KeyAct | undefined => (Object.hasOwn(keyActs, key) ? keyActs[key] : undefined);
