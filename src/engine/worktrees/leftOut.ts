import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import type { Staged } from "./stage.ts";

/** Says in the log what a commit or snapshot could not hold, once as long as it stays the same. */
export function reportLeftOut(room: Room, row: WorktreeRow, { nested, problems }: Staged): void {
  const { agentId } = row;
  const paths = nested.join(", ");
  if (isNews(room, `nested ${agentId}`, paths)) {
    room.log.warn("A worktree holds repositories of its own, which are in no commit", { agentId, paths });
  }
  if (isNews(room, `problems ${agentId}`, problems)) {
    room.log.warn("Git could not take some files of a worktree", { agentId, problems });
  }
}

function isNews({ told }: Room, key: string, text: string): boolean {
  const isNew = text !== "" && told.get(key) !== text;
  if (text === "") told.delete(key);
  else told.set(key, text);
  return isNew;
}
