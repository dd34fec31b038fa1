import type { Git } from "./git.ts";
import { mergeRows } from "./mergeRows.ts";
import { isAncestor } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/**
 * What a merge into a target compares with, where git's own merge base doesn't tell (null where it does): what was
 * squashed into the target or merged in part, and the user's changes that the work took along. A merge that the target
 * doesn't have (another target, or one that was set back) doesn't count.
 */
export async function mergeBaseFor(room: Room, git: Git, row: WorktreeRow, target: string): Promise<string | null> {
  if (row.mergeBase === null) return null;
  const merges = await room.store.read((reader) => mergeRows(reader, row.agentId));
  let base: string | null = row.mergeBase;
  for (const merge of merges.filter(({ state }) => state === "made").reverse()) {
    if (base === null || merge.mergedCommit !== base || (await isAncestor(git, merge.mergeCommit, target))) return base;
    base = merge.mergeBaseBefore;
  }
  return base;
}
