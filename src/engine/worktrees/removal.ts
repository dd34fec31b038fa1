import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { exists, isFolder, real } from "./disk.ts";
import { forget } from "./forget.ts";
import { adminDirOf, inspect } from "./inspect.ts";
import { moveOut } from "./leavings.ts";
import { ADMINISTRATION_LOCK, type Room } from "./room.ts";
import { moveRow, type WorktreeRow } from "./rows.ts";

/**
 * Takes an agent's worktree away: its folder is moved aside and its row says so, which is all that is waited for. What
 * was in it is kept, and then deleted, by `settleRemovals`; until then it stands aside whole. The branch stays. Refuses
 * with `illegal_move` what is not in a state to be removed. The caller holds the worktree's lock.
 */
export async function removeWorktree(room: Room, row: WorktreeRow): Promise<Result<WorktreeRow>> {
  if (row.status === "removed") return ok(row);
  if (row.status === "creating" && row.headCommit === null) {
    return refuse("illegal_move", `${row.branch} has no worktree yet: there is nothing to remove`);
  }
  if (row.status === "conflicted" || row.status === "merging") {
    return refuse("illegal_move", `${row.branch} is in the middle of a merge: finish it or give it up first`);
  }
  const found = await inspect(room, row);
  if (found.kind === "missing") return ok(await forgetMissing(room, row));
  const adminDir = found.kind === "sound" ? found.adminDir : await adminDirOf(room, row.path);
  const problem = await whyStays(row, adminDir);
  if (problem !== undefined) return problem;
  await moveOut(room, row.path);
  return ok(await recordRemoved(room, row));
}

/** What leads elsewhere would be kept and deleted there; a submodule's history lies in the record that goes. */
async function whyStays(row: WorktreeRow, adminDir: string | undefined): Promise<Result<never> | undefined> {
  if (!(await isFolder(row.path)) || (await real(row.path)) !== row.path) {
    return refuse("untrusted", `${row.path} leads somewhere else: look at it, and remove the link`);
  }
  if (adminDir !== undefined && (await exists(join(adminDir, "modules")))) {
    return refuse(
      "dirty_checkout",
      `${row.path} stays, since submodules are checked out in it: remove them there with git submodule deinit --all, and the folder ${join(adminDir, "modules")}`,
    );
  }
  return undefined;
}

/** For a worktree whose folder is gone already. */
async function forgetMissing(room: Room, row: WorktreeRow): Promise<WorktreeRow> {
  const adminDir = await adminDirOf(room, row.path);
  if (adminDir !== undefined) await room.locks.run(ADMINISTRATION_LOCK, () => forget(room, row, adminDir));
  return recordRemoved(room, row);
}

async function recordRemoved(room: Room, row: WorktreeRow): Promise<WorktreeRow> {
  const removedAt = room.clock.now();
  await room.store.transaction((tx) => moveRow(tx, row.agentId, removedAt, "removed", null));
  return { ...row, status: "removed", removedAt };
}
