import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeReport } from "../../protocol/records.ts";
import type { MergeManner } from "../../protocol/words.ts";
import { acceptedPart } from "./accepted.ts";
import { overlookedChanges, progressOf } from "./advance.ts";
import { busyWith } from "./busy.ts";
import { branchIsBusy, type Checkout, checkoutOf, refuseLocked } from "./checkouts.ts";
import { commitUncommitted } from "./commit.ts";
import { isUntouched, nothingToMerge } from "./ensure.ts";
import { type Git, records, type Signature } from "./git.ts";
import { checksOf, hooksNo, isHooksNo, mergeChecked, putBack } from "./hooks.ts";
import {
  formerReport,
  type Plan,
  planMerge,
  recordIntent,
  recordMerged,
  reportOf,
  type Source,
  takeBack,
} from "./intent.ts";
import { mergeBaseFor } from "./mergeBase.ts";
import { movedMeanwhile } from "./movedMeanwhile.ts";
import { branchRef, branchTip, moveRef, nameSome, type PathChange, refuseMisread, sharedGit } from "./objects.ts";
import { inTheWay } from "./obstacles.ts";
import { checkoutPlace } from "./repository.ts";
import { agentName, agentSignature, type Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { mergeAsStored } from "./stored.ts";

/** How work is merged into a branch of the user's. */
export interface MergeHow {
  /** Another branch than the row's own target. */
  readonly into: string | undefined;
  readonly manner: MergeManner;
  readonly acceptedOnly: boolean;
}

export const usualMerge: MergeHow = { into: undefined, manner: "merge", acceptedOnly: false };

/**
 * Merges an agent's branch into the user's branch that it came from, or another one, and into the checkout that has it
 * checked out, if there is one. Everything that can stand against it is found before anything is touched; then the intent
 * is recorded; then git fast-forwards to the merge as if the user had asked it to, hooks and filters included. The caller
 * holds the lock of the agent's worktree and `CHECKOUT_LOCK`, and has settled the merges into both.
 */
export async function mergeIntoCheckout(
  room: Room,
  ownRow: WorktreeRow,
  message: string,
  how: MergeHow,
): Promise<Result<MergeReport>> {
  const row = { ...ownRow, targetBranch: how.into ?? ownRow.targetBranch };
  if (await isUntouched(room, row)) return nothingToMerge(row);
  const tip = await commitUncommitted(room, row, `Work of ${agentName(row)}`);
  if (!tip.ok) return tip;
  const git = await sharedGit(room);
  const target = await branchTip(git, row.targetBranch);
  if (target === undefined) {
    return refuse("not_found", `the branch ${row.targetBranch} is gone: bring it back, then merge ${row.branch}`);
  }
  const source = await sourceOf(room, git, row, { tip: tip.value, target, how });
  if (!source.ok) return source;
  const former = await formerReport(git, row, target, source.value);
  if (former !== undefined) return ok(former);
  const signature = await userSignature(room, row);
  const to = { tip: target, name: row.targetBranch };
  const plan = await planMerge(git, row.branch, to, source.value, message, signature);
  if (!plan.ok) return plan;
  if (plan.value === null) {
    await recordMerged(room, row, { before: target, commit: target }, undefined);
    return ok({ mergeCommit: target, files: [] });
  }
  return carryOut(room, row, plan.value, message, signature);
}

/** The user's own changes that a root took along are in its history, and stay out of the user's: it is squashed. */
async function sourceOf(
  room: Room,
  git: Git,
  row: WorktreeRow,
  { tip, target, how }: { tip: string; target: string; how: MergeHow },
): Promise<Result<Source>> {
  const merged = how.acceptedOnly ? await acceptedPart(room, git, row, tip) : ok(tip);
  if (!merged.ok) return merged;
  const manner = row.carriedCommit === null ? how.manner : "squash";
  const base = await mergeBaseFor(room, git, row, target);
  const mergeWith = (tip: string) => mergeAsStored(room, git, { target: tip, work: merged.value, base });
  return ok({ tip, merged: merged.value, manner, base, mergeWith });
}

/** Who the user is, as git knows it; the agent where git doesn't. */
async function userSignature(room: Room, row: WorktreeRow): Promise<Signature> {
  const git = await room.repository.git.sealed(checkoutPlace(room.repository));
  const output = await git.run(["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"]);
  const known = /^(?<name>.+) <(?<email>[^>]+)> \d+ [+-]\d+$/m.exec(output.stdout.toString())?.groups;
  const { name, email } = known ?? {};
  if (output.code !== 0 || name === undefined || email === undefined) return agentSignature(room, row);
  return { name, email, at: room.clock.now() };
}

async function carryOut(
  room: Room,
  row: WorktreeRow,
  plan: Plan,
  message: string,
  signature: Signature,
): Promise<Result<MergeReport>> {
  const checkout = await readyCheckout(room, row.targetBranch, plan.changes, `merge ${row.branch}`);
  if (!checkout.ok) return checkout;
  const place = checkout.value;
  const checks = await checksOf(room, place, plan.source.manner);
  const misread = checks === undefined ? undefined : refuseMisread(plan.changes.map(({ path }) => path));
  if (misread !== undefined) return misread;
  const id = await recordIntent(room, row, plan, place !== undefined && checks !== undefined);
  const made =
    checks === undefined
      ? await moveTo(room, row, place, plan, signature)
      : await mergeChecked(room, row, { id, plan, checkout: place, checks, message, signature });
  if (!made.ok) return made;
  await recordMerged(room, row, made.value, undefined);
  return ok(reportOf({ commit: made.value.commit, changes: plan.changes }));
}

/** Lets the target's branch, and its checkout, have the plan's commit as it is. */
async function moveTo(
  room: Room,
  row: WorktreeRow,
  checkout: Checkout | undefined,
  plan: Plan,
  signature: Signature,
): Promise<Result<Plan>> {
  const moved =
    checkout === undefined
      ? await moveBranch(room, row, plan, signature)
      : await fastForward(room, checkout, row, plan, signature);
  return moved.ok ? ok(plan) : moved;
}

/**
 * The checkout that has a branch checked out, undefined where none has, when nothing stands against changing these paths
 * in it. `then`: what the user is to do again.
 */
export async function readyCheckout(
  room: Room,
  branch: string,
  changes: readonly PathChange[],
  then: string,
): Promise<Result<Checkout | undefined>> {
  const busy = await branchIsBusy(room, branch);
  if (busy !== undefined) {
    return refuse("busy_checkout", `${branch} is in the middle of ${busy}: finish or abort it first`);
  }
  const checkout = await checkoutOf(room, branch);
  const locked = await refuseLocked(room, branch, checkout);
  if (locked !== undefined) return locked;
  const obstacle = checkout === undefined ? undefined : await whatStandsAgainst(room, checkout, changes, then);
  return obstacle ?? ok(checkout);
}

async function whatStandsAgainst(
  room: Room,
  checkout: Checkout,
  changes: readonly PathChange[],
  then: string,
): Promise<Result<never> | undefined> {
  const { workTree, gitDir } = checkout;
  const busy = await busyWith(gitDir);
  if (busy !== undefined) {
    return refuse("busy_checkout", `${workTree} is in the middle of ${busy}: finish or abort it, then ${then}`);
  }
  const touched = await locallyChanged(room, checkout, changes);
  if (touched.length > 0) {
    return refuse(
      "dirty_checkout",
      `${workTree} has changes of yours in ${nameSome(touched)}: commit or stash them first`,
    );
  }
  const obstacles = await inTheWay(workTree, changes);
  return obstacles.length === 0
    ? undefined
    : refuse(
        "dirty_checkout",
        `files that git doesn't track are in the way of the merge: ${nameSome(obstacles)}: move them first`,
      );
}

/** The user's uncommitted and untracked paths that the merge would touch, or stand in the way of. */
async function locallyChanged(room: Room, checkout: Checkout, changes: readonly PathChange[]): Promise<string[]> {
  const git = room.repository.git.trusted(checkout, "filters");
  const status = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"];
  const local = records(await git.mustRun(status)).map((field) => field.slice("XY ".length));
  const merged = new Set(changes.flatMap((change) => withFolders(change.path)));
  const mergedPaths = new Set(changes.map((change) => change.path));
  const clashes = local.filter((path) => merged.has(path) || withFolders(path).some((part) => mergedPaths.has(part)));
  return [...new Set([...clashes, ...(await overlookedChanges(git, checkout.workTree, changes))])].sort();
}

/** `a/b/c` and the folders it lies in: `a`, `a/b`, `a/b/c`. */
function withFolders(path: string): string[] {
  const parts = path.replace(/\/$/, "").split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** For a branch that is checked out nowhere: there are no files to bring along. */
async function moveBranch(room: Room, row: WorktreeRow, plan: Plan, signature: Signature): Promise<Result<undefined>> {
  const git = await sharedGit(room);
  try {
    await moveRef(
      git,
      branchRef(row.targetBranch),
      { from: plan.before, to: plan.commit },
      signature,
      `merge ${row.branch}`,
    );
    return ok(undefined);
  } catch (error) {
    if ((await branchTip(git, row.targetBranch)) === plan.before) throw error;
    return movedMeanwhile(room, row);
  }
}

async function fastForward(
  room: Room,
  checkout: Checkout,
  row: WorktreeRow,
  plan: Plan,
  signature: Signature,
): Promise<Result<undefined>> {
  const own = room.repository.git.trusted(checkout, "own");
  const output = await own.run(
    [
      "merge",
      "--ff-only",
      "--quiet",
      "--no-stat",
      "--no-autostash",
      "--no-overwrite-ignore",
      "--no-verify-signatures",
      plan.commit,
    ],
    { signature, refreshIndex: true, untilExit: true },
  );
  const git = await sharedGit(room);
  const tip = await branchTip(git, row.targetBranch);
  if (tip === plan.commit) return ok(undefined);
  if (tip !== plan.before) return movedMeanwhile(room, row);
  return notMade(room, row, checkout, plan, output.stderr.trim());
}

/**
 * Git checks before it writes, and all is as it was; but a hook can keep the branch from moving when the files have
 * moved already, and they are put back.
 */
async function notMade(
  room: Room,
  row: WorktreeRow,
  checkout: Checkout,
  plan: Plan,
  reason: string,
): Promise<Result<never>> {
  const { workTree } = checkout;
  const { untouched } = await progressOf(room.repository.git.trusted(checkout, "filters"), workTree, plan.changes);
  if (!untouched) await putBack(room, row, checkout, plan);
  await takeBack(room, row, reason);
  return isHooksNo(reason)
    ? refuse("hook_failed", hooksNo(reason))
    : refuse("dirty_checkout", `git did not merge ${row.branch} in ${workTree}: ${reason}`);
}
