import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { exists } from "./disk.ts";
import { forget } from "./ensure.ts";
import { records } from "./git.ts";
import { adminDirOf, type Located, locate } from "./inspect.ts";
import { branchTip, isAncestor, nameSome, sharedGit } from "./objects.ts";
import { usualPlace } from "./place.ts";
import { ADMINISTRATION_LOCK, type Room } from "./room.ts";
import { allRows, moveRow, type WorktreeRow } from "./rows.ts";
import { unchangedSinceSetUp } from "./setUpRecord.ts";

/** No agent's folder begins with a dot. Folders of this name hold nothing that isn't elsewhere, and are deleted whenever they are met. */
const LEAVING = ".removed-";

/** A worktree that was removed, and the end of its files' deletion, which goes on by itself. */
export interface Removal {
  readonly row: WorktreeRow;
  readonly deleted: Promise<void>;
}

/**
 * Removes the worktree of merged work, when everything in it is in the target branch too, down to ignored files; the
 * branch stays. Refuses with `illegal_move` or `dirty_checkout` otherwise. The caller holds the worktree's lock.
 */
export async function removeMerged(room: Room, row: WorktreeRow): Promise<Result<Removal>> {
  if (row.status === "removed") return ok({ row, deleted: Promise.resolve() });
  if (row.status !== "merged") {
    return refuse("illegal_move", `${row.branch} is ${row.status}, not merged: merge it first, its worktree stays`);
  }
  const unmerged = await refuseUnmerged(room, row);
  if (unmerged !== undefined) return unmerged;
  const located = await locate(room, row);
  if (!located.ok) return located.refusal.code === "not_found" ? ok(await forgetMissing(room, row)) : located;
  const extra = await onlyHere(located.value);
  if (extra.length > 0) {
    return refuse(
      "dirty_checkout",
      `${row.path} stays, since only there is ${nameSome(extra)}: move or delete it first`,
    );
  }
  return ok(await room.locks.run(ADMINISTRATION_LOCK, () => takeAway(room, located.value)));
}

async function refuseUnmerged(room: Room, row: WorktreeRow): Promise<Result<never> | undefined> {
  const git = await sharedGit(room);
  const tip = await branchTip(git, row.branch);
  const target = await branchTip(git, row.targetBranch);
  if (tip !== undefined && target !== undefined && (await isAncestor(git, tip, target))) return undefined;
  return refuse(
    "illegal_move",
    `${row.branch} has commits that ${row.targetBranch} doesn't have: merge it again first`,
  );
}

/**
 * Paths in a worktree that are in no commit of its branch, ignored ones too, but not what set-up brought. Looked up through a new index: in the old
 * one a file can be marked as unchanged whatever is in it.
 */
async function onlyHere({ git, adminDir, row }: Located): Promise<string[]> {
  const index = join(adminDir, "banyan-removal-index");
  await rm(index, { force: true });
  await rm(`${index}.lock`, { force: true });
  await git.mustRun(["read-tree", row.branch], { index });
  const args = [
    "status",
    "--porcelain",
    "-z",
    "--no-renames",
    "--ignored",
    "--untracked-files=all",
    "--ignore-submodules=dirty",
  ];
  const entries = records(await git.mustRun(args, { index }));
  await rm(index, { force: true });
  const brought = await unchangedSinceSetUp({ adminDir, folder: row.path });
  return entries.map((entry) => entry.slice("XY ".length)).filter((path) => !brought.has(path));
}

/** For a worktree whose folder is gone already. */
async function forgetMissing(room: Room, row: WorktreeRow): Promise<Removal> {
  const adminDir = await adminDirOf(room, row.path);
  if (adminDir !== undefined) await room.locks.run(ADMINISTRATION_LOCK, () => forget(room, row, adminDir));
  return recordRemoved(room, row);
}

async function takeAway(room: Room, { row, adminDir }: Located): Promise<Removal> {
  const away = join(dirname(row.path), `${LEAVING}${basename(row.path)}-${room.ids.short()}`);
  await rename(row.path, away);
  await forget(room, row, adminDir);
  return { ...(await recordRemoved(room, row)), deleted: erase(room, away) };
}

async function recordRemoved(room: Room, row: WorktreeRow): Promise<Removal> {
  await room.store.transaction((tx) => moveRow(tx, row.agentId, room.clock.now(), "removed", null));
  return { row: { ...row, status: "removed" }, deleted: Promise.resolve() };
}

/** Deletes a folder; one that can't be deleted now is met again at the next start. */
async function erase(room: Room, folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    room.log.error("A removed worktree's files could not be deleted", error, { folder });
  }
}

/** Deletes what removals left when they were cut off. */
export async function eraseLeftovers(room: Room): Promise<void> {
  const rows = await room.store.read(allRows);
  const folders = new Set([usualPlace(room.repository), room.folder, ...rows.map((row) => dirname(row.path))]);
  for (const folder of folders) {
    const names = (await exists(folder)) ? await readdir(folder) : [];
    for (const name of names) if (name.startsWith(LEAVING)) await erase(room, join(folder, name));
  }
}
