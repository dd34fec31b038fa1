import type { MessageItem } from "../../protocol/records.ts";

/** Pieces of a conversation, in order of sending. */
export type Stretch = readonly MessageItem[];

/** The longest piece that is asked for at once. */
export const LONGEST = 500;

/** `items` with each message as it is in `fresh`, where it is there. */
export function refreshed(items: Stretch, fresh: Stretch): Stretch {
  if (fresh.length === 0) return items;
  const byId = new Map(fresh.map((item) => [item.id, item]));
  return items.map((item) => byId.get(item.id) ?? item);
}

/** `items` with what comes before or after them, each message once. */
export function joined(before: Stretch, after: Stretch): Stretch {
  const last = before.at(-1)?.seq ?? -1;
  return [...before, ...after.filter(({ seq }) => seq > last)];
}

export interface Range {
  /** Of the message before the first one. */
  readonly after: number;
  readonly count: number;
}

/** The few pieces of `items` that hold all messages with these ids, none longer than `longest`. */
export function rangesOf(items: Stretch, ids: ReadonlySet<string>, longest = 100): readonly Range[] {
  const ranges: Range[] = [];
  for (let index = 0; index < items.length; index++) {
    const first = items[index];
    if (first === undefined || !ids.has(first.id)) continue;
    const piece = items.slice(index, index + longest);
    const count = piece.findLastIndex(({ id }) => ids.has(id)) + 1;
    ranges.push({ after: first.seq - 1, count });
    index += count - 1;
  }
  return ranges;
}
