import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import type { Staged } from "./stage.ts";

/** Says in the log what a commit or snapshot could not hold. */
export function reportLeftOut(room: Room, row: WorktreeRow, { nested, problems }: Staged): void {
  const { agentId } = row;
  if (nested.length > 0) {
    room.log.warn("A worktree holds repositories of its own, which are in no commit", {
      agentId,
      paths: nested.join(", "),
    });
  }
  if (problems !== "") room.log.warn("Git could not take some files of a worktree", { agentId, problems });
}
