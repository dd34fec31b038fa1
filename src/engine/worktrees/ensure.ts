import { mkdir, readdir, readFile, rename, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { slug } from "../../base/text.ts";
import type { WorktreeRecord } from "../../protocol/records.ts";
import type { Transaction } from "../store/port.ts";
import { awaitUnlocked, clearLock } from "./busy.ts";
import { exists, real } from "./disk.ts";
import { forget } from "./forget.ts";
import { type Git, GitError } from "./git.ts";
import { clearHalfBack } from "./halfBack.ts";
import { adminDirOf, inspect, locate, pointer, recordedPaths } from "./inspect.ts";
import { settleRemovals } from "./leavings.ts";
import { branchRef, branchTip, resolveCommits, sharedGit } from "./objects.ts";
import { populateInTurn } from "./populate.ts";
import { finishMove } from "./prepared.ts";
import { isMissing, MISSING } from "./refused.ts";
import { checkoutPlace, WORKTREES_FOLDER } from "./repository.ts";
import { bringBack } from "./restore.ts";
import { ADMINISTRATION_LOCK, agentName, type Room, worktreeLock } from "./room.ts";
import { insertRow, moveRow, type WorktreeRow } from "./rows.ts";

/**
 * Whether an agent's worktree was never made, or never worked in: there is nothing on its branch but its base. What git
 * knows counts, not the row alone: a store can be older than the repository.
 */
export async function isUntouched(room: Room, row: WorktreeRow): Promise<boolean> {
  if (row.status !== "creating") return false;
  const tip = await branchTip(await sharedGit(room), row.branch);
  return tip === undefined || tip === row.baseCommit;
}

/** What merging an untouched one is refused with. */
export const nothingToMerge = (row: WorktreeRow): Result<never> =>
  refuse("nothing_to_merge", `${agentName(row)} changed no file: there is nothing to merge`);

/** Inserts the row of a worktree that is made later. */
export async function reserve(
  room: Room,
  tx: Transaction,
  plan: { agentId: string; name: string; baseCommit: string; targetBranch: string; carriedCommit?: string | null },
): Promise<WorktreeRecord> {
  const name = `${slug(plan.name)}-${plan.agentId}`;
  const record: WorktreeRecord = {
    agentId: plan.agentId,
    path: join(room.folder, name),
    branch: `banyan/${name}`,
    status: "creating",
    baseCommit: plan.baseCommit,
    targetBranch: plan.targetBranch,
    headCommit: null,
    snapshotCommit: null,
    mergeCommit: null,
    carriedCommit: plan.carriedCommit ?? null,
    ignoredCommit: null,
    removedAt: null,
    createdAt: room.clock.now(),
  };
  await insertRow(tx, record);
  return record;
}

/** Brings a worktree what git doesn't; `isNew`: it was made just now. */
export type SetUp = (row: WorktreeRow, isNew: boolean) => Promise<Result<null>>;

/**
 * Makes the worktree where it isn't there yet and moves it to `isolated`: at first, after a crash at any step of that,
 * and after somebody deleted its folder. What stands in the way and isn't known to be recorded is moved aside, never
 * deleted. `setUp` runs before the move. The caller holds the worktree's lock and has settled its merges.
 */
export async function ensureWorktree(room: Room, row: WorktreeRow, setUp: SetUp): Promise<Result<WorktreeRow>> {
  if (row.status === "creating") await finishMove(room, row);
  const found = await inspect(room, row);
  const isTampered = found.kind === "tampered" && row.status !== "creating" && row.status !== "removed";
  if (isTampered) return refusedBy(await locate(room, row));
  if (found.kind === "sound" && (await isComplete(room, row, found.adminDir))) {
    return complete(room, row, await setUp(row, false), await tipOrBase(room, row));
  }
  if (row.headCommit !== null) return comeBack(room, row, setUp);
  const made = await makeWaitedFor(room, row);
  return made.ok ? complete(room, row, await setUp(row, true), made.value) : made;
}

const complete = async (
  room: Room,
  row: WorktreeRow,
  ready: Result<null>,
  tip: string,
): Promise<Result<WorktreeRow>> => (ready.ok ? ok(await becomeIsolated(room, row, tip)) : ready);

/**
 * Makes a worktree again whose folder is gone, with what its snapshots keep. As long as that is not whole its status is
 * `creating`, so that after a crash it is begun anew; one that resolves conflicts keeps its status.
 */
async function comeBack(room: Room, gone: WorktreeRow, setUp: SetUp): Promise<Result<WorktreeRow>> {
  if (gone.status === "creating") await clearHalfBack(room, gone);
  else await settleRemovals(room, gone);
  const found = await inspect(room, gone);
  if (gone.status !== "creating" && found.kind === "sound" && (await isComplete(room, gone, found.adminDir))) {
    return complete(room, gone, await setUp(gone, false), await tipOrBase(room, gone));
  }
  const row = await beginAgain(room, gone);
  const made = await makeWaitedFor(room, row);
  if (!made.ok) return made;
  const back = await bringBack(room, row);
  return back.ok ? complete(room, row, await setUp(row, true), made.value) : back;
}

/** A merge or conflicts that aren't settled are remembered by the status, while the worktree comes back. */
const keepsStatus = (status: WorktreeRow["status"]): boolean => status === "merging" || status === "conflicted";

async function beginAgain(room: Room, row: WorktreeRow): Promise<WorktreeRow> {
  if (row.status === "creating" || keepsStatus(row.status)) return row;
  await room.store.transaction((tx) =>
    moveRow(tx, row.agentId, room.clock.now(), "creating", "its folder was gone: it is made again"),
  );
  return { ...row, status: "creating", removedAt: null };
}

/** Answers the tip of its branch. */
async function makeWaitedFor(room: Room, row: WorktreeRow): Promise<Result<string>> {
  const made = await room.pool.whileAgentWaits(() => make(room, row));
  if (made.ok) room.pool.refill(row, made.value);
  return made;
}

const tipOrBase = async (room: Room, row: WorktreeRow): Promise<string> =>
  (await branchTip(await sharedGit(room), row.branch)) ?? row.baseCommit;

const refusedBy = (result: Result<unknown>): Result<never> =>
  result.ok ? refuse("untrusted", "the worktree changed while it was looked at: try again") : result;

/**
 * A worktree that git was killed over has no index yet; one that its agent worked in is taken as it is. One that was
 * coming back may lack a part of what was in it.
 */
async function isComplete(room: Room, row: WorktreeRow, adminDir: string): Promise<boolean> {
  if (row.status !== "creating") return exists(join(adminDir, "index"));
  if (row.headCommit !== null) return false;
  await awaitUnlocked(room, join(adminDir, "index"));
  return (await exists(join(adminDir, "index"))) && !(await exists(join(adminDir, "locked")));
}

async function becomeIsolated(room: Room, row: WorktreeRow, headCommit: string): Promise<WorktreeRow> {
  // A merge of this worktree's own work that isn't settled keeps its recorded intent, one into it its conflicts.
  if (keepsStatus(row.status) || (row.status === "isolated" && row.headCommit === headCommit)) return row;
  const change = { headCommit, mergeCommit: null, targetBefore: null };
  await room.store.transaction((tx) => moveRow(tx, row.agentId, room.clock.now(), "isolated", null, change));
  return { ...row, ...change, status: "isolated", removedAt: null };
}

/** Answers the commit that the worktree is at. Only git's records are one after the other: files are checked out beside others. */
async function make(room: Room, row: WorktreeRow): Promise<Result<string>> {
  const added = await room.locks.run(ADMINISTRATION_LOCK, () => addOrTake(room, row));
  if (!added.ok) return added;
  const { head, adminDir } = added.value;
  if (adminDir === null) return ok(head);
  const failed = await populateInTurn(room, await room.repository.git.sealed({ gitDir: adminDir, workTree: row.path }));
  return failed === undefined ? ok(head) : notMade(row, failed);
}

const notMade = (row: WorktreeRow, why: string): Result<never> =>
  isMissing(why)
    ? refuse("not_found", MISSING)
    : refuse("illegal_move", `git made no worktree for ${row.branch}: ${why}`);

/** The commit that a worktree is at, and its administrative folder where its files are still to be checked out. */
interface Added {
  readonly head: string;
  readonly adminDir: string | null;
}

async function addOrTake(room: Room, row: WorktreeRow): Promise<Result<Added>> {
  const names = [branchRef("banyan"), branchRef(row.branch), row.baseCommit];
  const [inTheWay, tip, base] = await resolveCommits(await sharedGit(room), names);
  if (inTheWay !== undefined) {
    return refuse(
      "bad_input",
      "agents' branches are named banyan/…, which a branch named banyan prevents: rename it, for instance: git branch -m banyan banyan-old",
    );
  }
  const folder = await prepareFolder(row);
  if (!folder.ok) return folder;
  await clearTheWay(room, row);
  await clearLock(room, join(room.repository.commonDir, branchRef(row.branch)));
  const head = tip ?? base;
  if (head === undefined) {
    return refuse(
      "no_commit",
      `${row.branch} can't start: its base ${row.baseCommit} is no commit of this repository any more`,
    );
  }
  if (row.status === "creating" && (await room.pool.take(row, head, tip))) return ok({ head, adminDir: null });
  const where = tip === undefined ? ["-b", row.branch, row.path, row.baseCommit] : [row.path, row.branch];
  const failed = await add(room, row, where);
  const adminDir = failed === undefined ? await pointer(row.path) : undefined;
  return adminDir === undefined ? notMade(row, failed ?? "it left no pointer") : ok({ head, adminDir });
}

/**
 * Takes away what a killed git left of worktrees that were never finished: until then it can make git fail for the
 * user too, whatever looks at the HEADs of all worktrees. Most that were never finished were never begun.
 */
export async function clearHalfMade(room: Room, rows: readonly WorktreeRow[]): Promise<void> {
  const unmade = rows.filter(({ status }) => status === "creating" || keepsStatus(status));
  if (unmade.length === 0) return;
  const recorded = await recordedPaths(room);
  const folders = await namesIn(new Set(unmade.map((row) => dirname(row.path))));
  for (const row of unmade) {
    if (!recorded.has(row.path) && !folders.get(dirname(row.path))?.has(basename(row.path))) continue;
    try {
      await room.locks.run(worktreeLock(row.agentId), () => clearUnlessComplete(room, row));
    } catch (error) {
      room.log.error("What a killed git left of a worktree could not be taken away", error, { agentId: row.agentId });
    }
  }
}

/** The names in each of some folders; one that isn't there has none. */
async function namesIn(folders: ReadonlySet<string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = await Promise.all(
    [...folders].map(async (folder) => {
      const inside = (await exists(folder)) ? await readdir(folder) : [];
      return [folder, new Set(inside)] as const;
    }),
  );
  return new Map(names);
}

async function clearUnlessComplete(room: Room, row: WorktreeRow): Promise<void> {
  if (keepsStatus(row.status)) return clearUnlessMade(room, row);
  await finishMove(room, row);
  const found = await inspect(room, row);
  if (found.kind === "sound" && (await isComplete(room, row, found.adminDir))) return;
  if (row.headCommit !== null) await clearHalfBack(room, row);
  await room.locks.run(ADMINISTRATION_LOCK, () => clearTheWay(room, row));
}

/** One that was there before, and that git was killed over when it was made again. */
async function clearUnlessMade(room: Room, row: WorktreeRow): Promise<void> {
  const adminDir = await adminDirOf(room, row.path);
  if (adminDir !== undefined && (await exists(join(adminDir, "index")))) return;
  if (adminDir !== undefined) await room.locks.run(ADMINISTRATION_LOCK, () => clearTheWay(room, row));
  // Git makes the folder first; what is in one that it doesn't know is somebody else's.
  else await rmdir(row.path).catch(() => {});
}

/** The folder of worktrees, which hides itself from the user's `git status`. */
async function prepareFolder(row: WorktreeRow): Promise<Result<undefined>> {
  const folder = dirname(row.path);
  const checkout = resolve(folder, "..", "..");
  if (join(checkout, WORKTREES_FOLDER) === folder && !(await exists(checkout))) {
    return refuse(
      "not_found",
      `${checkout}, in which ${row.branch} had its worktree, is gone: move the repository back there`,
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    if ((await real(folder)) !== folder) {
      return refuse("untrusted", `${folder} leads somewhere else: remove the link, worktrees stand in it`);
    }
    const ignore = join(folder, ".gitignore");
    // A kill may have left it empty.
    if ((await textOf(ignore)) === "") await writeFile(ignore, "*\n");
    return ok(undefined);
  } catch (error) {
    return refuse("bad_input", `${folder} can't be made: ${messageOf(error)}`);
  }
}

/** Empty where there is no such file. */
async function textOf(path: string): Promise<string> {
  return (await exists(path)) ? (await readFile(path, "utf8")).trim() : "";
}

/** Moves a leftover folder aside and takes git's record of it away. */
async function clearTheWay(room: Room, row: WorktreeRow): Promise<void> {
  const adminDir = await adminDirOf(room, row.path);
  if (adminDir !== undefined) await clearLock(room, join(adminDir, "index"));
  if (await exists(row.path)) await moveAside(room, row);
  if (adminDir !== undefined) await forget(room, row, adminDir);
}

async function moveAside(room: Room, row: WorktreeRow): Promise<void> {
  const aside = join(dirname(row.path), `.aside-${basename(row.path)}-${room.ids.short()}`);
  room.log.warn("A folder in the way of a worktree was moved aside", { agentId: row.agentId, to: aside });
  await rename(row.path, aside);
}

/** Git's reason where it failed. */
async function add(room: Room, row: WorktreeRow, where: readonly string[]): Promise<string | undefined> {
  const git = await room.repository.git.sealed(checkoutPlace(room.repository));
  return (await tryAdd(git, where)) && (await tryAgain(room, row, git));
}

/** Git's reason where it failed. */
async function tryAdd(git: Git, where: readonly string[]): Promise<string | undefined> {
  const args = ["worktree", "add", "--quiet", "--no-checkout", ...where];
  const output = await git.run(args);
  return output.code === 0 ? undefined : new GitError(args, output).stderr;
}

/** A lock that another git held for a moment is no reason to give up; the branch may be there by now. */
async function tryAgain(room: Room, row: WorktreeRow, git: Git): Promise<string | undefined> {
  await clearTheWay(room, row);
  const hasBranch = (await branchTip(git, row.branch)) !== undefined;
  return tryAdd(git, hasBranch ? [row.path, row.branch] : ["-b", row.branch, row.path, row.baseCommit]);
}
