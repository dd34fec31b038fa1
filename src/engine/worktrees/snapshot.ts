import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { clearLock } from "./busy.ts";
import type { Located } from "./inspect.ts";
import { reportLeftOut } from "./leftOut.ts";
import { branchRef, commitAndTree, commitTree, moveAgentRef, NEW, resolveCommit } from "./objects.ts";
import { agentSignature, type Room } from "./room.ts";
import { changeRow } from "./rows.ts";
import { stageAll } from "./stage.ts";

/** The ref that keeps an agent's snapshots: each is the parent of the next. */
export const snapshotRef = (agentId: string) => `refs/banyan/snapshots/${agentId}`;

/**
 * Keeps what is in a worktree (uncommitted and untracked files too, not ignored ones) as a commit under a ref of its
 * own, and answers it; the last one, where nothing changed since. Index, HEAD and branch stay as they are. The caller
 * holds the worktree's lock.
 */
export async function takeSnapshot(room: Room, located: Located): Promise<string> {
  const { row, git } = located;
  const ref = snapshotRef(row.agentId);
  const previous = await resolveCommit(git, ref);
  const kept = await commitSnapshot(room, located, previous ?? branchRef(row.branch));
  if (kept !== previous) {
    await moveAgentRef(room, git, ref, { from: previous ?? NEW, to: kept }, agentSignature(room, row), "snapshot");
  }
  if (kept !== row.snapshotCommit) {
    await room.store.transaction((tx) => changeRow(tx, row.agentId, room.clock.now(), { snapshotCommit: kept }));
  }
  return kept;
}

async function commitSnapshot(room: Room, { row, adminDir, git }: Located, before: string): Promise<string> {
  const staged = await stageAll(git, await snapshotIndex(room, adminDir));
  reportLeftOut(room, row, staged);
  const { commit: parent, tree } = await commitAndTree(git, before);
  if (staged.tree === tree) return parent;
  return commitTree(git, staged.tree, [parent], `Snapshot of ${row.branch}`, agentSignature(room, row));
}

/** An index beside the worktree's own, and begun as its copy so that git needn't read every file again. */
async function snapshotIndex(room: Room, adminDir: string): Promise<string> {
  const index = join(adminDir, "banyan-snapshot-index");
  await clearLock(room, index);
  await copyFile(join(adminDir, "index"), index);
  return index;
}
