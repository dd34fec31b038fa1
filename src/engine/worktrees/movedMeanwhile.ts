import { type Result, refuse } from "../../base/errors.ts";
import { takeBack } from "./intent.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/** Takes a merge back whose target moved before the merge could. */
export async function movedMeanwhile(room: Room, row: WorktreeRow): Promise<Result<never>> {
  const reason = `${row.targetBranch} moved while the merge was made`;
  await takeBack(room, row, reason);
  return refuse("busy_checkout", `${reason}: merge ${row.branch} again`);
}
