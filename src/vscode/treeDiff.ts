import type { AgentTreeRow } from "../protocol/records.ts";

/** Which items of the tree have to be drawn anew; drawing one asks for its children again. */
export type TreeChange =
  | { readonly kind: "none" }
  | { readonly kind: "all" }
  | { readonly kind: "some"; readonly ids: readonly string[] };

/**
 * The least that has to be drawn anew to get from one tree to the other. A change of the roots draws everything; an
 * agent that hired its first one is a new item of its parent (itemId), so the parent is drawn.
 */
export function diffTrees(before: readonly AgentTreeRow[], after: readonly AgentTreeRow[]): TreeChange {
  const oldChildren = childIds(before);
  const newChildren = childIds(after);
  if (oldChildren.get(null) !== newChildren.get(null)) return { kind: "all" };
  const oldRows = new Map(before.map((row) => [row.id, JSON.stringify(row)]));
  const ids = new Set<string>();
  for (const row of after.filter(({ id }) => oldRows.has(id))) {
    const isTurned = oldChildren.has(row.id) !== newChildren.has(row.id);
    if (isTurned && row.parentId === null) return { kind: "all" };
    if (isTurned && row.parentId !== null) ids.add(row.parentId);
    if (oldChildren.get(row.id) !== newChildren.get(row.id) || oldRows.get(row.id) !== JSON.stringify(row))
      ids.add(row.id);
  }
  return ids.size === 0 ? { kind: "none" } : { kind: "some", ids: [...ids] };
}

/**
 * The identity of an agent's item. The editor keeps an item that was a leaf folded for ever, so one that hires becomes
 * another item: that is unfolded.
 */
export const itemId = (id: string, hasChildren: boolean): string => (hasChildren ? `${id}/team` : id);

/** By parent, the ids of its children in their order, as one string to compare. */
function childIds(rows: readonly AgentTreeRow[]): Map<string | null, string> {
  const ids = new Map<string | null, string>();
  for (const { id, parentId } of rows) ids.set(parentId, `${ids.get(parentId) ?? ""} ${id}`);
  return ids;
}
