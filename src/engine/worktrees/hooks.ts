import { access, constants, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { MergeManner } from "../../protocol/words.ts";
import { finishAdvance, progressOf } from "./advance.ts";
import { type Checkout, refreshIndex } from "./checkouts.ts";
import { type Git, GitError, type Signature } from "./git.ts";
import { type Plan, takeBack } from "./intent.ts";
import { approveMerge } from "./mergeRows.ts";
import { movedMeanwhile } from "./movedMeanwhile.ts";
import { branchRef, branchTip, changedPaths, commitAndTree, moveRef, type PathChange, sharedGit } from "./objects.ts";
import { checkoutPlace } from "./repository.ts";
import type { Room } from "./room.ts";
import { changeRow, type WorktreeRow } from "./rows.ts";

/** What the user's own repository has to say to a commit on a branch of theirs. */
export interface Checks {
  /** Hooks that are there, in the order in which git would run them. */
  readonly before: readonly string[];
  /** The user signs commits. */
  readonly sign: boolean;
}

/** The hooks that git runs for a commit, as far as they can say no. */
const BEFORE: Readonly<Record<MergeManner, readonly string[]>> = {
  merge: ["pre-merge-commit", "prepare-commit-msg", "commit-msg"],
  squash: ["pre-commit", "prepare-commit-msg", "commit-msg"],
};
/** Those that are told afterwards. */
const AFTER: Readonly<Record<MergeManner, readonly string[]>> = { merge: ["post-merge"], squash: ["post-commit"] };

/** Undefined where nothing has a say. A branch that is checked out nowhere has no files for hooks to look at. */
export async function checksOf(
  room: Room,
  checkout: Checkout | undefined,
  manner: MergeManner,
): Promise<Checks | undefined> {
  const own = room.repository.git.trusted(checkout ?? checkoutPlace(room.repository), "own");
  const before = checkout === undefined ? [] : await presentHooks(own, BEFORE[manner]);
  const signing = await own.run(["config", "--type=bool", "--get", "commit.gpgSign"]);
  const sign = signing.stdout.toString().trim() === "true";
  return before.length === 0 && !sign ? undefined : { before, sign };
}

async function presentHooks(own: Git, names: readonly string[]): Promise<string[]> {
  const folder = resolve(own.place.workTree ?? "", await own.text(["rev-parse", "--git-path", "hooks"]));
  const present = await Promise.all(
    names.map((name) =>
      access(join(folder, name), constants.X_OK).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return present.flat();
}

interface CheckedMerge {
  readonly id: string;
  readonly plan: Plan;
  readonly checkout: Checkout | undefined;
  readonly checks: Checks;
  readonly message: string;
  readonly signature: Signature;
}

/**
 * Makes a merge that hooks or a signature have a say in: the files first, as hooks expect them, then the hooks, then the
 * commit, then the branch. Where one says no, the files are put back. The intent is recorded as awaiting them.
 */
export async function mergeChecked(room: Room, row: WorktreeRow, merge: CheckedMerge): Promise<Result<Plan>> {
  const { plan, checkout } = merge;
  if (checkout !== undefined) {
    const advanced = await advance(room, row, checkout, plan);
    if (!advanced.ok) return advanced;
  }
  const agreed = await askChecks(room, row, merge);
  if (!agreed.ok) {
    if (checkout !== undefined) await putBack(room, row, checkout, plan);
    await takeBack(room, row, agreed.refusal.message.split("\n")[0] ?? "");
    return agreed;
  }
  return moveToAgreed(room, row, merge, agreed.value);
}

async function advance(room: Room, row: WorktreeRow, checkout: Checkout, plan: Plan): Promise<Result<null>> {
  const git = room.repository.git.trusted(checkout, "filters");
  await refreshIndex(git);
  const output = await git.run(["read-tree", "-m", "-u", plan.before, plan.commit]);
  if (output.code === 0) return ok(null);
  const { untouched } = await progressOf(git, checkout.workTree, plan.changes);
  if (!untouched) await putBack(room, row, checkout, plan);
  await takeBack(room, row, output.stderr.trim());
  return refuse("dirty_checkout", `git did not merge ${row.branch} in ${checkout.workTree}: ${output.stderr.trim()}`);
}

/** Answers the commit that all agreed to. */
async function askChecks(room: Room, row: WorktreeRow, merge: CheckedMerge): Promise<Result<string>> {
  const { checkout, checks, plan, signature } = merge;
  const own = room.repository.git.trusted(checkout ?? checkoutPlace(room.repository), "own");
  const file = join(own.place.gitDir, "BANYAN_MERGE_MSG");
  await writeFile(file, `${merge.message.trim()}\n`);
  try {
    for (const hook of checks.before) {
      const answer = await runHook(room, own, hook, argumentsOf(hook, file, plan.source.manner), signature);
      if (!answer.ok) return answer;
    }
    const tree = checkout === undefined ? undefined : await treeAfterHooks(own, plan);
    return await commitAs(own, { row, merge, tree, message: await readFile(file, "utf8") });
  } finally {
    await rm(file, { force: true });
  }
}

function argumentsOf(hook: string, file: string, manner: MergeManner): string[] {
  if (hook === "commit-msg") return [file];
  return hook === "prepare-commit-msg" ? [file, manner === "merge" ? "merge" : "message"] : [];
}

/** What a hook says is the user's to read: all of it stands in the refusal, the first line says who spoke. */
async function runHook(
  room: Room,
  own: Git,
  hook: string,
  args: readonly string[],
  signature: Signature,
): Promise<Result<null>> {
  room.log.info("Running a hook of the repository's own", { hook });
  const output = await own.run(["hook", "run", "--ignore-missing", hook, "--", ...args], {
    signature,
    refreshIndex: true,
  });
  const said = [output.stdout.toString(), output.stderr].map((text) => text.trim()).filter((text) => text !== "");
  if (output.code === 0) return ok(null);
  return refuse(
    "hook_failed",
    [`the repository's ${hook} hook said no (exit ${output.code}): nothing was merged`, ...said].join("\n"),
  );
}

/** What hooks changed of the merge's own paths and put into the index is merged with it, as git does. */
async function treeAfterHooks(own: Git, plan: Plan): Promise<string | undefined> {
  const paths = plan.changes.map(({ path }) => path);
  const index = join(own.place.gitDir, "banyan-merge-index");
  try {
    await own.mustRun(["read-tree", plan.commit], { index });
    const staged = await own.mustRun(["ls-files", "-z", "--stage", "--", ...paths], { literalPaths: true });
    const gone = paths.map((path) => `0 ${"0".repeat(plan.commit.length)}\t${path}\0`).join("");
    await own.mustRun(["update-index", "-z", "--index-info"], { index, stdin: gone + staged.toString() });
    return await own.text(["write-tree"], { index });
  } finally {
    await rm(index, { force: true });
  }
}

interface ToCommit {
  readonly row: WorktreeRow;
  readonly merge: CheckedMerge;
  /** Undefined: the plan's. */
  readonly tree: string | undefined;
  readonly message: string;
}

async function commitAs(own: Git, { row, merge, tree, message }: ToCommit): Promise<Result<string>> {
  const { plan, checks, signature } = merge;
  const parents = plan.source.manner === "squash" ? [plan.before] : [plan.before, plan.source.merged];
  const args = [
    ...["commit-tree", checks.sign ? "-S" : "--no-gpg-sign", tree ?? (await commitAndTree(own, plan.commit)).tree],
    ...parents.flatMap((parent) => ["-p", parent]),
  ];
  const stripped = await own.mustRun(["stripspace"], { stdin: message });
  const output = await own.run(args, { stdin: stripped, signature });
  if (output.code === 0) return ok(output.stdout.toString().trim());
  return refuse(
    "hook_failed",
    `the merge of ${row.branch} could not be signed, as commit.gpgSign asks: nothing was merged\n${output.stderr.trim()}`,
  );
}

async function moveToAgreed(
  room: Room,
  row: WorktreeRow,
  { id, plan, checkout, signature }: CheckedMerge,
  commit: string,
): Promise<Result<Plan>> {
  const git = await sharedGit(room);
  await room.store.transaction(async (tx) => {
    await approveMerge(tx, id, commit);
    await changeRow(tx, row.agentId, room.clock.now(), { mergeCommit: commit });
  });
  const agreed = { ...plan, commit, changes: await changedPaths(git, plan.before, commit) };
  const why = `merge ${row.branch}`;
  try {
    await moveRef(
      checkout === undefined ? git : room.repository.git.trusted(checkout, "own"),
      branchRef(row.targetBranch),
      { from: plan.before, to: commit },
      signature,
      why,
    );
  } catch (error) {
    const stayed = (await branchTip(git, row.targetBranch)) === plan.before;
    if (stayed && !(error instanceof GitError && isHooksNo(error.stderr))) throw error;
    if (checkout !== undefined) await putBack(room, row, checkout, agreed);
    if (!stayed) return movedMeanwhile(room, row);
    await takeBack(room, row, "the reference-transaction hook said no");
    return refuse("hook_failed", hooksNo(messageOf(error)));
  }
  if (checkout !== undefined) await tellAfterwards(room, checkout, plan.source.manner, signature);
  return ok(agreed);
}

/** Whether it was the hook for changes of refs that stopped git. */
export const isHooksNo = (stderr: string): boolean => /ref updates aborted by hook/.test(stderr);

export const hooksNo = (said: string): string =>
  `the repository's reference-transaction hook said no: nothing was merged\n${said}`;

/** What these say changes nothing any more. */
async function tellAfterwards(
  room: Room,
  checkout: Checkout,
  manner: MergeManner,
  signature: Signature,
): Promise<void> {
  const own = room.repository.git.trusted(checkout, "own");
  for (const hook of AFTER[manner]) {
    const args = hook === "post-merge" ? ["0"] : [];
    const output = await own.run(["hook", "run", "--ignore-missing", hook, "--", ...args], {
      signature,
      untilExit: true,
    });
    if (output.code !== 0)
      room.log.warn("A hook that was told of a merge failed", { hook, said: output.stderr.trim() });
  }
}

/**
 * Puts the paths of a merge that was not agreed to back to what they were; what else stands in them (a hook formatted
 * them, or the user wrote there meanwhile) is kept as blobs first, and named in the log.
 */
export async function putBack(
  room: Room,
  row: WorktreeRow,
  checkout: Checkout,
  plan: Pick<Plan, "before" | "commit" | "changes">,
): Promise<void> {
  const git = room.repository.git.trusted(checkout, "filters");
  const { foreign } = await progressOf(git, checkout.workTree, plan.changes);
  if (foreign.length > 0) await keepForeign(room, row, git, foreign);
  await finishAdvance(git, checkout.workTree, plan.changes.map(reversed), plan.before);
}

export const reversed = ({ path, before, after }: PathChange): PathChange => ({ path, before: after, after: before });

/** The ref that keeps what stood in the way when a merge was put back. */
export const rescuedRef = (agentId: string, id: string) => `refs/banyan/rescued/${agentId}/${id}`;

async function keepForeign(room: Room, row: WorktreeRow, git: Git, paths: readonly string[]): Promise<void> {
  const index = join(git.place.gitDir, "banyan-rescue-index");
  try {
    await git.mustRun(["read-tree", "--empty"], { index });
    await git.run(["add", "--force", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"], {
      index,
      stdin: paths.join("\0"),
      literalPaths: true,
    });
    const tree = await git.text(["write-tree"], { index });
    const at = { name: "Banyan", email: "banyan@localhost", at: room.clock.now() };
    const commit = await git.text(["commit-tree", "--no-gpg-sign", tree], {
      stdin: "What a merge was put back over\n",
      signature: at,
    });
    const ref = rescuedRef(row.agentId, room.ids.short());
    await git.mustRun(["update-ref", ref, commit]);
    room.log.warn("Files changed while a merge was put back; what was in them is kept", {
      ref,
      paths: paths.join(", "),
    });
  } finally {
    await rm(index, { force: true });
  }
}
