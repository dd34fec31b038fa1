import { exists } from "./disk.ts";
import { sharedGit } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/** Removes git's record of a worktree whose folder is gone; `git worktree prune` would take the user's away too. */
export async function forget(room: Room, row: Pick<WorktreeRow, "path">, adminDir: string): Promise<void> {
  const git = await sharedGit(room);
  // Twice: it may be locked, as it is while git makes it.
  await git.mustRun(["worktree", "remove", "--force", "--force", row.path]);
  if (await exists(adminDir)) throw new Error(`git still records a worktree at ${row.path} in ${adminDir}`);
}
