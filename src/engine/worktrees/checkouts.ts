import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Result, refuse } from "../../base/errors.ts";
import { awaitUnlocked, branchBusyWith, lockOf } from "./busy.ts";
import { exists, real } from "./disk.ts";
import { type Git, type Place, records } from "./git.ts";
import { adminDirOf, pointer } from "./inspect.ts";
import { branchRef, sharedGit } from "./objects.ts";
import { Refused } from "./refused.ts";
import type { Room } from "./room.ts";

/** A checkout that has a branch checked out. */
export type Checkout = Required<Place>;

/** Where a branch is checked out; undefined where it is nowhere. */
export async function checkoutOf(room: Room, branch: string): Promise<Checkout | undefined> {
  const git = await sharedGit(room);
  const fields = records(await git.mustRun(["worktree", "list", "--porcelain", "-z"]));
  let worktree = "";
  for (const field of fields) {
    if (field.startsWith("worktree ")) worktree = field.slice("worktree ".length);
    if (field === `branch ${branchRef(branch)}`) return checkoutAt(room, worktree);
  }
  return undefined;
}

/** Undefined for one whose folder is gone. */
async function checkoutAt(room: Room, worktree: string): Promise<Checkout | undefined> {
  const { root, gitDir, commonDir } = room.repository;
  const adminDir = await adminDirOf(room, worktree);
  if (adminDir !== undefined) return (await exists(worktree)) ? { gitDir: adminDir, workTree: worktree } : undefined;
  // Git guesses the main checkout's folder from the common directory's; where the user has it open, we know.
  if (gitDir === commonDir) return { gitDir: commonDir, workTree: root };
  const leadsBack = (await pointer(worktree)) ?? (await real(join(worktree, ".git")));
  if (leadsBack === commonDir) return { gitDir: commonDir, workTree: worktree };
  throw new Refused(
    "other_checkout",
    `the branch is checked out in the main checkout of ${commonDir}, which can't be found from here: open that one`,
  );
}

/** What a branch is in the middle of in any checkout (a rebase, a bisect), although HEAD names it nowhere. */
export async function branchIsBusy(room: Room, branch: string): Promise<string | undefined> {
  const { commonDir } = room.repository;
  const folder = join(commonDir, "worktrees");
  const linked = (await exists(folder)) ? (await readdir(folder)).map((name) => join(folder, name)) : [];
  for (const gitDir of [commonDir, ...linked]) {
    const busy = await branchBusyWith(gitDir, branch);
    if (busy !== undefined) return busy;
  }
  return undefined;
}

/**
 * Refuses where another git holds a lock that a merge into a branch needs, and keeps it. Such a lock is never removed
 * for the user: a git of theirs may be at work.
 */
export async function refuseLocked(
  room: Room,
  branch: string,
  checkout: Checkout | undefined,
): Promise<Result<never> | undefined> {
  const inCheckout =
    checkout === undefined ? [] : ["index", "HEAD", "ORIG_HEAD"].map((name) => join(checkout.gitDir, name));
  for (const file of [...inCheckout, join(room.repository.commonDir, branchRef(branch))]) {
    if (await awaitUnlocked(room, file)) continue;
    const where = checkout?.workTree ?? branch;
    return refuse(
      "busy_checkout",
      `another git is at work in ${where}: wait for it, or remove ${lockOf(file)} if none runs`,
    );
  }
  return undefined;
}

/**
 * Lets a checkout's index know files again that were written anew as they were: `read-tree`, unlike `merge`, doesn't look
 * and takes them for changed.
 */
export async function refreshIndex(git: Git): Promise<void> {
  await git.run(["update-index", "-q", "--refresh"]);
}
