import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Room } from "./room.ts";
import { rowOf, type WorktreeRow } from "./rows.ts";

/** Refuses where its team was archived since it was asked for. */
export async function findRow(room: Room, agentId: string): Promise<Result<WorktreeRow>> {
  const found = await room.store.read((reader) => rowOf(reader, agentId));
  return found === undefined
    ? refuse("not_found", `agent ${agentId} has no worktree here: see banyan archived`)
    : ok(found);
}
