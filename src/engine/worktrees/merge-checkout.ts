import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeReport } from "../../protocol/records.ts";
import { progressOf } from "./advance.ts";
import { busyWith } from "./busy.ts";
import { branchIsBusy, type Checkout, checkoutOf, refuseLocked } from "./checkouts.ts";
import { commitUncommitted } from "./commit.ts";
import { isUntouched, nothingToMerge } from "./ensure.ts";
import { type Git, records, type Signature } from "./git.ts";
import { formerReport, type Plan, planMerge, recordIntent, recordMerged, reportOf, takeBack } from "./intent.ts";
import { branchRef, branchTip, moveRef, nameSome, sharedGit } from "./objects.ts";
import { inTheWay } from "./obstacles.ts";
import { checkoutPlace } from "./repository.ts";
import { agentName, agentSignature, type Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/**
 * Merges a root's branch into the user's branch that it came from, and into the checkout that has it checked out, if
 * there is one. Everything that can stand against it is found before anything is touched; then the intent is recorded;
 * then git fast-forwards to the merge as if the user had asked it to, hooks and filters included. The caller holds the
 * lock of the root's worktree and `CHECKOUT_LOCK`, and has settled the merges into both.
 */
export async function mergeIntoCheckout(room: Room, row: WorktreeRow, message: string): Promise<Result<MergeReport>> {
  if (await isUntouched(room, row)) return nothingToMerge(row);
  const source = await commitUncommitted(room, row, `Work of ${agentName(row)}`);
  if (!source.ok) return source;
  const git = await sharedGit(room);
  const target = await branchTip(git, row.targetBranch);
  if (target === undefined) {
    return refuse("not_found", `the branch ${row.targetBranch} is gone: bring it back, then merge ${row.branch}`);
  }
  const former = await formerReport(git, row, { source: source.value, target });
  if (former !== undefined) return ok(former);
  const signature = await userSignature(room, row);
  const plan = await planMerge(
    git,
    { tip: target, name: row.targetBranch },
    { tip: source.value, name: row.branch },
    message,
    signature,
  );
  if (!plan.ok) return plan;
  if (plan.value === null) {
    await recordMerged(room, row, { before: target, commit: target }, undefined);
    return ok({ mergeCommit: target, files: [] });
  }
  return carryOut(room, row, plan.value, source.value, signature);
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
  head: string,
  signature: Signature,
): Promise<Result<MergeReport>> {
  const busy = await branchIsBusy(room, row.targetBranch);
  if (busy !== undefined) {
    return refuse("busy_checkout", `${row.targetBranch} is in the middle of ${busy}: finish or abort it first`);
  }
  const checkout = await checkoutOf(room, row.targetBranch);
  const locked = await refuseLocked(room, row.targetBranch, checkout);
  if (locked !== undefined) return locked;
  const obstacle = checkout === undefined ? undefined : await whatStandsAgainst(room, checkout, row, plan);
  if (obstacle !== undefined) return obstacle;
  await recordIntent(room, row, plan, head);
  const made =
    checkout === undefined
      ? await moveBranch(room, row, plan, signature)
      : await fastForward(room, checkout, row, plan, signature);
  if (!made.ok) return made;
  await recordMerged(room, row, plan, undefined);
  return ok(reportOf(plan));
}

async function whatStandsAgainst(
  room: Room,
  checkout: Checkout,
  row: WorktreeRow,
  plan: Plan,
): Promise<Result<never> | undefined> {
  const { workTree, gitDir } = checkout;
  const busy = await busyWith(gitDir);
  if (busy !== undefined) {
    return refuse(
      "busy_checkout",
      `${workTree} is in the middle of ${busy}: finish or abort it, then merge ${row.branch}`,
    );
  }
  const touched = await locallyChanged(room, checkout, plan);
  if (touched.length > 0) {
    return refuse(
      "dirty_checkout",
      `${workTree} has changes of yours in ${nameSome(touched)}: commit or stash them first`,
    );
  }
  const obstacles = await inTheWay(workTree, plan.changes);
  return obstacles.length === 0
    ? undefined
    : refuse(
        "dirty_checkout",
        `files that git doesn't track are in the way of the merge: ${nameSome(obstacles)}: move them first`,
      );
}

/** The user's uncommitted and untracked paths that the merge would touch, or stand in the way of. */
async function locallyChanged(room: Room, checkout: Checkout, plan: Plan): Promise<string[]> {
  const git = room.repository.git.trusted(checkout, "filters");
  const status = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"];
  const local = records(await git.mustRun(status)).map((field) => field.slice("XY ".length));
  const merged = new Set(plan.changes.flatMap((change) => withFolders(change.path)));
  const mergedPaths = new Set(plan.changes.map((change) => change.path));
  const clashes = local.filter((path) => merged.has(path) || withFolders(path).some((part) => mergedPaths.has(part)));
  return [...new Set(clashes)].sort();
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

async function movedMeanwhile(room: Room, row: WorktreeRow): Promise<Result<never>> {
  const reason = `${row.targetBranch} moved while the merge was made`;
  await takeBack(room, row, reason);
  return refuse("busy_checkout", `${reason}: merge ${row.branch} again`);
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
  return notMade(room, room.repository.git.trusted(checkout, "filters"), row, plan, output.stderr.trim());
}

/** Git checks before it writes, so a merge it refuses leaves all as it was; one that was cut off stays recorded. */
async function notMade(room: Room, git: Git, row: WorktreeRow, plan: Plan, reason: string): Promise<Result<never>> {
  const workTree = git.place.workTree ?? "";
  const { untouched } = await progressOf(git, workTree, plan.changes);
  if (!untouched) throw new Error(`git stopped in the middle of merging ${row.branch} in ${workTree}: ${reason}`);
  await takeBack(room, row, reason);
  return refuse("dirty_checkout", `git did not merge ${row.branch} in ${workTree}: ${reason}`);
}
