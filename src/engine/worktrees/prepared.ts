import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { lockOf } from "./busy.ts";
import { exists, plainFile, real } from "./disk.ts";
import { type Git, records } from "./git.ts";
import { adminProblem, pointer, pointerBack } from "./inspect.ts";
import { leavingPath } from "./leavings.ts";
import { branchRef, changedPaths, moveRef, NEW, sharedGit } from "./objects.ts";
import { populate } from "./populate.ts";
import { checkoutPlace } from "./repository.ts";
import { ADMINISTRATION_LOCK, agentSignature, type Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { surroundingsOf } from "./surroundings.ts";

/** Folders of this name, beside the agents' worktrees, are worktrees that no agent has had yet. */
export const READY = ".ready-";

/** In the administrative folder: it was made whole, in these surroundings, at this commit. */
const WHOLE = "banyan-ready";
/** In the administrative folder: the commit that it is being brought to. */
const SWITCHING = "banyan-switching";

/** A worktree that no agent has had: checked out at a commit, on no branch. */
export interface Prepared {
  readonly path: string;
  readonly adminDir: string;
  readonly commit: string;
}

export const isPrepared = (path: string): boolean => basename(path).startsWith(READY);

/**
 * Makes one beside other worktrees. Only git's records are written under the lock; the files come after it. Rejects
 * where git can't, and when the signal aborts; what is there by then is for `discard`.
 */
export async function prepare(room: Room, path: string, commit: string, signal: AbortSignal): Promise<Prepared> {
  const surroundings = await surroundingsOf(room.repository);
  const git = await room.repository.git.sealed(checkoutPlace(room.repository));
  await room.locks.run(ADMINISTRATION_LOCK, () =>
    git.mustRun(["worktree", "add", "--quiet", "--detach", "--no-checkout", path, commit], { signal }),
  );
  const adminDir = await pointer(path);
  if (adminDir === undefined) throw new Error(`git made no worktree at ${path}`);
  const inside = await room.repository.git.sealed({ gitDir: adminDir, workTree: path });
  await populate(inside, signal);
  await writeFile(join(adminDir, WHOLE), wholeNote(surroundings, commit));
  return { path, adminDir, commit };
}

const wholeNote = (surroundings: string, commit: string) => `${surroundings} ${commit}`;
const headFile = async (adminDir: string) => (await plainFile(join(adminDir, "HEAD")))?.trimEnd() ?? "";

/** Whether one is still what it was made as, as far as git's own files tell. */
export async function isSound(room: Room, { path, adminDir, commit }: Prepared): Promise<boolean> {
  if ((await real(path)) !== path || (await pointer(path)) !== adminDir) return false;
  if ((await adminProblem(room, path, adminDir)) !== undefined) return false;
  if ((await headFile(adminDir)) !== commit) return false;
  if (!(await exists(join(adminDir, "index")))) return false;
  // Left by a kill, or held by somebody: neither is one for an agent.
  for (const lock of ["index.lock", "HEAD.lock", "locked"]) if (await exists(join(adminDir, lock))) return false;
  return (await plainFile(join(adminDir, WHOLE))) === wholeNote(await surroundingsOf(room.repository), commit);
}

/**
 * Makes a sound one an agent's: at the commit, on the agent's branch, at the agent's path, where nothing is. `tip`: where
 * the branch is already; it is made where it isn't. The caller holds the administration's lock. A process that is killed
 * over it leaves a prepared one that `putBack` mends, or an agent's that `finishMove` does.
 */
export async function occupy(room: Room, one: Prepared, row: WorktreeRow, commit: string, tip?: string): Promise<void> {
  const { path, adminDir } = one;
  const git = await room.repository.git.sealed({ gitDir: adminDir, workTree: path });
  const signature = agentSignature(room, row);
  if (commit !== one.commit) await bringTo(git, one.commit, commit);
  const ref = branchRef(row.branch);
  if (tip === undefined) await moveRef(git, ref, { from: NEW, to: commit }, signature, "made for an agent");
  await pointHead(adminDir, ref);
  await rename(path, row.path);
  await pointBack(adminDir, row.path);
  await forgetNotes(adminDir);
}

/** As `git symbolic-ref` does it where HEAD is a file, as that of a sound one is: it is locked meanwhile. */
async function pointHead(adminDir: string, ref: string): Promise<void> {
  const head = join(adminDir, "HEAD");
  await writeFile(lockOf(head), `ref: ${ref}\n`, { flag: "wx" });
  await rename(lockOf(head), head);
}

/** Git looks before it writes: where a file is in the way, everything stays as it is. */
async function bringTo(git: Git, from: string, to: string): Promise<void> {
  const note = join(git.place.gitDir, SWITCHING);
  await writeFile(note, to);
  try {
    await git.mustRun(["read-tree", "-m", "-u", from, to], { refreshIndex: true });
  } catch (error) {
    await rm(note, { force: true });
    throw error;
  }
}

async function forgetNotes(adminDir: string): Promise<void> {
  for (const note of [WHOLE, SWITCHING]) await rm(join(adminDir, note), { force: true });
}

/** Has the administrative folder say that its worktree is at another place of the same folder; relative if it was. */
async function pointBack(adminDir: string, worktree: string): Promise<void> {
  const file = join(adminDir, "gitdir");
  const before = posix.dirname((await readFile(file, "utf8")).trimEnd());
  await writeFile(`${file}.new`, `${posix.join(posix.dirname(before), basename(worktree), ".git")}\n`);
  await rename(`${file}.new`, file);
}

/** Finishes `occupy` for a worktree that was moved to its place, and whose record was not told yet. */
export async function finishMove(room: Room, { path }: WorktreeRow): Promise<void> {
  const adminDir = await pointer(path);
  if (adminDir === undefined || dirname(adminDir) !== join(room.repository.commonDir, "worktrees")) return;
  const before = dirname((await pointerBack(adminDir)) ?? "");
  if (!isPrepared(before) || dirname(before) !== dirname(path) || (await exists(before))) return;
  await pointBack(adminDir, path);
  await forgetNotes(adminDir);
}

/** Takes one that an agent was being given off the agent's branch again. */
export async function putBack(room: Room, path: string): Promise<void> {
  const adminDir = await pointer(path);
  if (adminDir === undefined || (await adminProblem(room, path, adminDir)) !== undefined) return;
  if (!(await headFile(adminDir)).startsWith("ref: refs/heads/banyan/")) return;
  const git = await room.repository.git.sealed({ gitDir: adminDir, workTree: path });
  const commit = await git.text(["rev-parse", "--verify", "HEAD^{commit}"]);
  await git.mustRun(["update-ref", "--no-deref", "HEAD", commit]);
  const [surroundings = ""] = ((await plainFile(join(adminDir, WHOLE))) ?? "").split(" ");
  await writeFile(join(adminDir, WHOLE), wholeNote(surroundings, commit));
  await rm(join(adminDir, SWITCHING), { force: true });
}

/** What an earlier process left at a path: ready for an agent, to be discarded, or with something in it that git didn't put there. */
export type Leftover =
  | { readonly kind: "ready"; readonly prepared: Prepared }
  | { readonly kind: "useless" }
  | { readonly kind: "foreign"; readonly why: string };

export async function lookAt(room: Room, path: string, signal: AbortSignal): Promise<Leftover> {
  const adminDir = await pointer(path);
  if (adminDir === undefined || (await adminProblem(room, path, adminDir)) !== undefined)
    return lookWithoutRecord(path);
  const commit = await headFile(adminDir);
  // Where git has only begun.
  if (/^0*$/.test(commit)) return lookWithoutRecord(path);
  const note = await plainFile(join(adminDir, WHOLE));
  if (!/^[0-9a-f]{40,64}$/.test(commit) || (note !== undefined && !note.endsWith(` ${commit}`))) {
    return { kind: "foreign", why: "its HEAD was moved" };
  }
  const git = await room.repository.git.sealed({ gitDir: adminDir, workTree: path });
  const isWhole = note !== undefined && !(await exists(join(adminDir, SWITCHING)));
  const foreign = isWhole ? await changes(git, signal) : await changesBesideOurs(git, commit, signal);
  if (foreign.length > 0) return { kind: "foreign", why: `${foreign.length} paths, for instance ${foreign[0]}` };
  const prepared = { path, adminDir, commit };
  return isWhole && (await isSound(room, prepared)) ? { kind: "ready", prepared } : { kind: "useless" };
}

/** Git was killed before it wrote a file, or git's record of it is gone. */
async function lookWithoutRecord(path: string): Promise<Leftover> {
  const names = (await readdir(path)).filter((name) => name !== ".git");
  return names.length === 0 ? { kind: "useless" } : { kind: "foreign", why: "git keeps no record of it" };
}

const STATUS = ["status", "--porcelain", "-z", "--no-renames", "--ignored", "--untracked-files=all"];

const changes = async (git: Git, signal: AbortSignal): Promise<readonly string[]> =>
  records(await git.mustRun(STATUS, { signal })).map((entry) => entry.slice("XY ".length));

/**
 * For one that was never whole, or that was being brought to another commit: files that are not there yet, that a kill
 * left half written, or that are the other commit's, are ours.
 */
async function changesBesideOurs(git: Git, commit: string, signal: AbortSignal): Promise<readonly string[]> {
  const { gitDir } = git.place;
  const target = await plainFile(join(gitDir, SWITCHING));
  const ours = new Set(
    target === undefined ? [] : (await changedPaths(git, commit, target.trim())).map(({ path }) => path),
  );
  const index = join(gitDir, "banyan-look-index");
  await rm(index, { force: true });
  await git.mustRun(["read-tree", commit], { index, signal });
  const entries = records(await git.mustRun(STATUS, { index, signal }));
  await rm(index, { force: true });
  return entries
    .filter((entry) => !/^ [MDT]/.test(entry) && !ours.has(entry.slice("XY ".length)))
    .map((entry) => entry.slice("XY ".length));
}

/**
 * Takes one away that nobody needs: aside at once, its record next. Answers the folder that is left to be deleted. The
 * caller holds the administration's lock.
 */
export async function discard(room: Room, path: string): Promise<string> {
  // Nothing in it is anybody's: it is deleted at the latest at the next start.
  const away = leavingPath(dirname(path), "erasing", basename(path), room.ids.short());
  const adminDir = await pointer(path);
  const isRecorded = adminDir !== undefined && (await pointerBack(adminDir)) === join(path, ".git");
  await rename(path, away);
  if (isRecorded) await forgetPath(room, path);
  return away;
}

/** Takes away git's record of one whose folder is gone. The caller holds the administration's lock. */
export async function forgetPath(room: Room, path: string): Promise<void> {
  await (await sharedGit(room)).mustRun(["worktree", "remove", "--force", "--force", path]);
}
