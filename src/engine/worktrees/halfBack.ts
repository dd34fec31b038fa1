import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { entriesOfTree, type FileEntry, writeBlobs } from "./blobs.ts";
import { isFolder } from "./disk.ts";
import type { Git } from "./git.ts";
import { ignoredRef, listIgnored } from "./ignored.ts";
import { erase, leavingPath } from "./leavings.ts";
import { branchRef, tipsOf } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { snapshotRef } from "./snapshot.ts";
import { stageAll } from "./stage.ts";

/**
 * Takes a worktree out of the way that a crash cut off while it came back, if every file in it is in a commit that a ref
 * keeps. One in which there is more is left where it is, to be moved aside.
 */
export async function clearHalfBack(room: Room, row: WorktreeRow): Promise<void> {
  if (!(await isFolder(row.path)) || !(await isRecorded(room, row))) return;
  const erasing = leavingPath(dirname(row.path), "erasing", basename(row.path), room.ids.short());
  await rename(row.path, erasing);
  room.inBackground(erase(room, erasing));
}

async function isRecorded(room: Room, row: WorktreeRow): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), "banyan-"));
  try {
    const git = await room.repository.git.sealed({ gitDir: room.repository.commonDir, workTree: row.path });
    const refs = [branchRef(row.branch), snapshotRef(row.agentId), ignoredRef(row.agentId)];
    const tips = [...(await tipsOf(git, refs)).values()];
    const known = new Set((await Promise.all(tips.map(({ tree }) => entriesOfTree(git, tree)))).flat().map(keyOf));
    const found = await entriesIn(git, row.path, join(scratch, "index"));
    return found?.every((entry) => known.has(keyOf(entry))) ?? false;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const keyOf = ({ mode, id, path }: FileEntry): string => `${mode} ${id} ${path}`;

/** Every file in a folder, ignored ones too; undefined where there is something that no commit can hold. */
async function entriesIn(git: Git, folder: string, index: string): Promise<FileEntry[] | undefined> {
  const { tree, nested, problems } = await stageAll(git, index);
  const { paths } = await listIgnored(git, index);
  if (problems !== "" || nested.length > 0 || paths.some((path) => path.endsWith("/"))) return undefined;
  const ignored = paths.map((path) => ({ path, bytes: 0 }));
  return [...(await entriesOfTree(git, tree)), ...(await writeBlobs(git, folder, ignored))];
}
