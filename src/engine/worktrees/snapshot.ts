import { join } from "node:path";
import { clearLock } from "./busy.ts";
import { copyIndex } from "./disk.ts";
import type { Git, Signature } from "./git.ts";
import type { Located } from "./inspect.ts";
import { reportLeftOut } from "./leftOut.ts";
import { branchRef, commitTree, moveAgentRef, NEW, type Tip, tipsOf } from "./objects.ts";
import { agentSignature, type Room } from "./room.ts";
import { changeRow } from "./rows.ts";
import { type Staged, stageAll } from "./stage.ts";

/** The ref that keeps an agent's snapshots: each is the first parent of the next. */
export const snapshotRef = (agentId: string) => `refs/banyan/snapshots/${agentId}`;

/** What is to be kept, and where. */
export interface Keeping {
  readonly git: Git;
  /** An index beside the worktree's own, which is brought up to what is there. */
  readonly index: string;
  readonly ref: string;
  /** The branch that the files belong to, without `refs/heads/`. */
  readonly branch: string;
  readonly signature: Signature;
}

export interface Kept {
  readonly commit: string;
  readonly staged: Staged;
}

/**
 * Keeps what is in a worktree (uncommitted and untracked files too, not ignored ones) as a commit under a ref of its
 * own, and answers it; the last one, where nothing changed since. Index, HEAD and branch stay as they are. The caller
 * holds the worktree's lock.
 */
export async function takeSnapshot(room: Room, located: Located): Promise<string> {
  const { row, git, adminDir } = located;
  const index = await snapshotIndex(room, adminDir);
  const signature = agentSignature(room, row);
  const ref = snapshotRef(row.agentId);
  const { commit, staged } = await keepFiles(room, { git, index, ref, branch: row.branch, signature });
  reportLeftOut(room, row, staged);
  if (commit !== row.snapshotCommit) {
    await room.store.transaction((tx) => changeRow(tx, row.agentId, room.clock.now(), { snapshotCommit: commit }));
  }
  return commit;
}

/**
 * Keeps files under a ref. Each commit's first parent is the one before, so that the ref keeps them all; its last parent
 * is the branch's tip, which tells whether the branch has moved since. Files that are the tip's need no commit.
 */
export async function keepFiles(room: Room, { git, index, ref, branch, signature }: Keeping): Promise<Kept> {
  const staged = await stageAll(git, index);
  const tips = await tipsOf(git, [ref, branchRef(branch)]);
  const [before, tip] = [tips.get(ref), tips.get(branchRef(branch))];
  const commit =
    upToDate(staged.tree, before, tip) ??
    (await commitTree(git, staged.tree, parentsOf(before, tip), `Snapshot of ${branch}`, signature));
  if (commit !== before?.commit) {
    await moveAgentRef(room, git, ref, { from: before?.commit ?? NEW, to: commit }, signature, "snapshot");
  }
  return { commit, staged };
}

/** The commit that holds a tree already, of a branch that didn't move since. */
function upToDate(tree: string, before: Tip | undefined, tip: Tip | undefined): string | undefined {
  if (before === undefined) return tip?.tree === tree ? tip.commit : undefined;
  return before.tree === tree && (tip === undefined || isOf(before, tip)) ? before.commit : undefined;
}

/** Whether a snapshot was taken when the branch was where it is. */
export const isOf = (snapshot: Tip, tip: Tip): boolean =>
  snapshot.commit === tip.commit || snapshot.parents.at(-1) === tip.commit;

const parentsOf = (before: Tip | undefined, tip: Tip | undefined): string[] => [
  ...new Set([before, tip].flatMap((each) => (each === undefined ? [] : [each.commit]))),
];

/** An index beside the worktree's own, and begun as its copy so that git needn't read every file again. */
export async function snapshotIndex(room: Room, adminDir: string): Promise<string> {
  const index = join(adminDir, "banyan-snapshot-index");
  await clearLock(room, index);
  await copyIndex(join(adminDir, "index"), index);
  return index;
}
