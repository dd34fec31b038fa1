import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isDiskRefusal } from "../../base/errors.ts";
import { exists, isFolder, moveInto } from "./disk.ts";
import { forget } from "./forget.ts";
import type { Git } from "./git.ts";
import { ignoredRef, keepIgnored } from "./ignored.ts";
import { adminDirOf, adminProblem } from "./inspect.ts";
import { nameSome } from "./objects.ts";
import { unstuck } from "./pipes.ts";
import { ADMINISTRATION_LOCK, agentSignature, type Room, worktreeLock } from "./room.ts";
import { changeRow, rowOf, type WorktreeRow } from "./rows.ts";
import { unchangedSinceSetUp } from "./setUpRecord.ts";
import { type Keeping, keepFiles, snapshotIndex, snapshotRef } from "./snapshot.ts";

/**
 * What stands aside in a folder of worktrees, under a name that says how far it is. `removed`: taken away, and kept
 * nowhere else yet. `erasing`: all of it is kept, and it is being deleted. `kept`: repositories that a worktree held,
 * which no commit can hold. `aside`: it was in the way of a worktree. No agent's folder begins with a dot.
 */
export type LeavingKind = "removed" | "erasing" | "kept" | "aside";

export interface Leaving {
  readonly kind: LeavingKind;
  /** Absolute path of where it stands. */
  readonly path: string;
  /** The name that the folder had. */
  readonly name: string;
  /** Tells it from others that had that name. */
  readonly mark: string;
}

export const leavingPath = (folder: string, kind: LeavingKind, name: string, mark: string): string =>
  join(folder, `.${kind}-${name}-${mark}`);

const isKind = (word: string | undefined): word is LeavingKind =>
  word === "removed" || word === "erasing" || word === "kept" || word === "aside";

/** What a name in a folder of worktrees says; undefined for an agent's own folder, and for what is somebody else's. */
export function leavingOf(folder: string, entry: string): Leaving | undefined {
  const { kind, name, mark } = /^\.(?<kind>[a-z]+)-(?<name>.+)-(?<mark>[^-]+)$/.exec(entry)?.groups ?? {};
  if (!isKind(kind) || name === undefined || mark === undefined) return undefined;
  return { kind, path: join(folder, entry), name, mark };
}

/** Everything that stands aside in a folder of worktrees. */
export async function leavingsIn(folder: string): Promise<readonly Leaving[]> {
  if (!(await isFolder(folder))) return [];
  return (await readdir(folder)).flatMap((entry) => leavingOf(folder, entry) ?? []);
}

/** What of a worktree was taken away and is kept nowhere else yet. */
export async function unkeptOf(row: WorktreeRow): Promise<readonly Leaving[]> {
  const leavings = await leavingsIn(dirname(row.path));
  return leavings.filter(({ kind, name }) => kind === "removed" && name === basename(row.path));
}

/**
 * Goes on with removals of one worktree: what was taken away is kept, then deleted in the background. Where its row
 * doesn't say that it was removed, it was cut off before it took effect, and the folder goes back. What can't be kept
 * stays where it is, and that is logged; a disk that refuses is thrown. The caller holds the worktree's lock.
 */
export async function settleRemovals(room: Room, row: WorktreeRow): Promise<void> {
  for (const leaving of await unkeptOf(row)) {
    if (row.status !== "removed" && !(await exists(row.path))) await rename(leaving.path, row.path);
    else await settleLeaving(room, leaving, row);
  }
}

/** Keeps what stands aside, then deletes it in the background. */
export async function settleLeaving(room: Room, leaving: Leaving, row: WorktreeRow | undefined): Promise<void> {
  try {
    const erasing = await keepLeaving(room, leaving, row);
    room.inBackground(erase(room, erasing));
  } catch (error) {
    if (isDiskRefusal(error)) throw error;
    room.log.error("What was in a removed worktree could not be kept: it stays", error, { folder: leaving.path });
  }
}

/** Moves a folder out of the way, as one that is kept nowhere yet. */
export async function moveOut(room: Room, path: string): Promise<Leaving> {
  const [name, mark] = [basename(path), room.ids.short()];
  const leaving: Leaving = { kind: "removed", path: leavingPath(dirname(path), "removed", name, mark), name, mark };
  await rename(path, leaving.path);
  return leaving;
}

/** Keeps what no row knows, then deletes it in the background. Rejects where it can't be kept: it stays. */
export async function keepOrphan(room: Room, leaving: Leaving): Promise<void> {
  room.inBackground(erase(room, await keepLeaving(room, leaving, undefined)));
}

/** Where the files of a worktree without a row are kept. */
export const orphanRef = (name: string, what: "files" | "ignored") => `refs/banyan/orphans/${refName(name)}/${what}`;

/** What a ref can be called. */
const refName = (name: string): string => name.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "") || "folder";

/** Keeps all that is in a folder; answers where it stands from then on, as something that can be deleted. */
export async function keepLeaving(room: Room, leaving: Leaving, row: WorktreeRow | undefined): Promise<string> {
  const { path, name, mark } = leaving;
  if (!(await isFolder(path))) throw new Error(`${path} is no folder`);
  const scratch = await mkdtemp(join(tmpdir(), "banyan-"));
  try {
    const place = await placeOf(room, leaving, scratch);
    const repositories = await keepAll(room, leaving, place, ownerOf(row));
    await moveRepositories(path, repositories, leavingPath(dirname(path), "kept", name, mark));
    await forgetRecord(room, join(dirname(path), name));
    const erasing = leavingPath(dirname(path), "erasing", name, mark);
    await rename(path, erasing);
    return erasing;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The row that a removed folder's content belongs to: a worktree that was made again since has its own by now. */
const ownerOf = (row: WorktreeRow | undefined): WorktreeRow | undefined =>
  row?.status === "removed" ? row : undefined;

interface Place {
  readonly git: Git;
  readonly index: string;
  /** Undefined where git has no record of it any more. */
  readonly adminDir: string | undefined;
}

/**
 * Git on a folder that stands aside. Without its own record, or where that is another worktree's or was tampered with, there is nothing
 * to begin from: git reads every file.
 */
async function placeOf(room: Room, { path, name }: Leaving, scratch: string): Promise<Place> {
  const formerPath = join(dirname(path), name);
  const recorded = (await exists(formerPath)) ? undefined : await adminDirOf(room, formerPath);
  const isSound = recorded !== undefined && (await adminProblem(room, formerPath, recorded)) === undefined;
  const adminDir = isSound ? recorded : undefined;
  const gitDir = adminDir ?? room.repository.commonDir;
  const git = unstuck(room, await room.repository.git.sealed({ gitDir, workTree: path }));
  const begun = adminDir !== undefined && (await exists(join(adminDir, "index")));
  return { git, adminDir, index: begun ? await snapshotIndex(room, adminDir) : join(scratch, "index") };
}

/** Answers the paths of repositories inside, which are in no commit. */
async function keepAll(
  room: Room,
  { path, name }: Leaving,
  { git, index, adminDir }: Place,
  owner: WorktreeRow | undefined,
): Promise<string[]> {
  const keeping: Keeping = {
    git,
    index,
    ref: owner === undefined ? orphanRef(name, "files") : snapshotRef(owner.agentId),
    branch: owner?.branch ?? `banyan/${name}`,
    signature: owner === undefined ? bySelf(room) : agentSignature(room, owner),
  };
  const { commit, staged } = await keepFiles(room, keeping);
  if (staged.problems !== "") throw new Error(`git could not take some files: ${staged.problems}`);
  const ref = owner === undefined ? orphanRef(name, "ignored") : ignoredRef(owner.agentId);
  const unchanged = adminDir === undefined ? new Set<string>() : await unchangedSinceSetUp({ adminDir, folder: path });
  const ignored = await keepIgnored(room, path, { ...keeping, ref }, unchanged);
  if (ignored.leftOut.length > 0) {
    const paths = nameSome(ignored.leftOut.map((each) => each.path));
    room.log.warn("Ignored files of a removed worktree were too large to be kept", { worktree: name, paths });
  }
  if (owner !== undefined) {
    const change = { snapshotCommit: commit, ignoredCommit: ignored.commit };
    await room.store.transaction((tx) => changeRow(tx, owner.agentId, room.clock.now(), change));
  }
  return [...staged.nested, ...ignored.nested, ...(await filled(path, staged.submodules))];
}

const bySelf = (room: Room) => ({ name: "Banyan", email: "banyan@localhost", at: room.clock.now() });

/** Submodules in whose place there is something. */
async function filled(folder: string, submodules: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of submodules) {
    const inside = (await isFolder(join(folder, path))) ? await readdir(join(folder, path)) : [];
    if (inside.length > 0) found.push(path);
  }
  return found;
}

async function moveRepositories(folder: string, paths: readonly string[], to: string): Promise<void> {
  for (const path of new Set(paths)) await moveInto(join(folder, path), join(to, path));
}

/** Removes git's record of a folder that isn't there. */
export async function forgetRecord(room: Room, path: string): Promise<void> {
  if (await exists(path)) return;
  await room.locks.run(ADMINISTRATION_LOCK, async () => {
    const adminDir = await adminDirOf(room, path);
    if (adminDir !== undefined) await forget(room, { path }, adminDir);
  });
}

/** Deletes a folder; one that can't be deleted now is met again at the next start. */
export async function erase(room: Room, folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    room.log.error("A removed worktree's files could not be deleted", error, { folder });
  }
}

/** Goes on with what removals left when they were cut off; what has no row is left to be looked at. */
export async function settleLeavings(
  room: Room,
  folders: Iterable<string>,
  rows: readonly WorktreeRow[],
): Promise<void> {
  const byPath = new Map(rows.map((row) => [row.path, row]));
  for (const folder of folders) {
    for (const leaving of await leavingsIn(folder)) {
      const row = byPath.get(join(folder, leaving.name));
      if (leaving.kind === "erasing") await erase(room, leaving.path);
      if (leaving.kind === "removed" && row !== undefined) await settleOne(room, leaving, row.agentId);
    }
  }
}

async function settleOne(room: Room, leaving: Leaving, agentId: string): Promise<void> {
  await room.locks.run(worktreeLock(agentId), async () => {
    const row = await room.store.read((reader) => rowOf(reader, agentId));
    if (row !== undefined && (await exists(leaving.path))) await settleRemovals(room, row);
  });
}
