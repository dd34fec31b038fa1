import type { Git } from "./git.ts";
import { inspect } from "./inspect.ts";
import { branchTip, isAncestor, resolveCommit, sharedGit } from "./objects.ts";
import { checkoutPlace } from "./repository.ts";
import type { Room } from "./room.ts";
import { allRows, type WorktreeRow } from "./rows.ts";
import { unchangedSinceSetUp, wasSetUp } from "./setUpRecord.ts";

/**
 * Whether a worktree holds the user's own work alone: what it is at is in the user's own history, or the user's
 * uncommitted changes that a team started from. A set-up command runs what it finds there (a package's install scripts),
 * and agents that may write files may not run commands. No row tells this: a child may inherit its parent's target.
 */
export async function holdsUsersWork(room: Room, row: WorktreeRow): Promise<boolean> {
  const git = await sharedGit(room);
  const head = (await branchTip(git, row.branch)) ?? row.baseCommit;
  const checkout = await room.repository.git.sealed(checkoutPlace(room.repository));
  const here = await resolveCommit(checkout, "HEAD");
  // The usual case; the refs of a large repository take longer.
  if (here !== undefined && !(await isOnAgentsBranch(checkout)) && (await isAncestor(git, head, here))) return true;
  const rows = await room.store.read(allRows);
  return rows.some(({ carriedCommit }) => carriedCommit === head) || (await isInUsersRef(git, head));
}

async function isOnAgentsBranch(checkout: Git): Promise<boolean> {
  const head = await checkout.run(["symbolic-ref", "--quiet", "HEAD"]);
  return head.code === 0 && !isUsersRef(head.stdout.toString().trim());
}

async function isInUsersRef(git: Git, commit: string): Promise<boolean> {
  const where = ["refs/heads", "refs/remotes", "refs/tags"];
  const names = await git.text(["for-each-ref", "--format=%(refname)", `--contains=${commit}`, ...where]);
  return names.split("\n").some(isUsersRef);
}

/** An agent's branch may have been pushed: then a remote's branch of its name is no more the user's than it is. */
const isUsersRef = (ref: string): boolean => /^refs\/(?:heads|tags|remotes\/[^/]+)\/(?!banyan\/)./.test(ref);

/** The worktree of a team's root: where work goes up to before it is the user's. */
function topOf(rows: readonly WorktreeRow[], row: WorktreeRow): WorktreeRow {
  const above = new Map(rows.map((each) => [each.branch, each]));
  const passed = new Set<WorktreeRow>();
  let top = row;
  for (let next = above.get(row.targetBranch); next !== undefined && !passed.has(next); ) {
    passed.add(next);
    top = next;
    next = above.get(next.targetBranch);
  }
  return top;
}

/** What set-up made in a worktree of the same team and nobody changed since. */
export interface MadeElsewhere {
  /** The worktree's folder. */
  readonly from: string;
  readonly paths: readonly string[];
}

/** The one above is asked first, then the others, newest first; undefined where there is none. */
export async function madeElsewhere(room: Room, row: WorktreeRow): Promise<MadeElsewhere | undefined> {
  const rows = await room.store.read(allRows);
  const { agentId } = topOf(rows, row);
  const team = rows.filter((each) => each.agentId !== row.agentId && topOf(rows, each).agentId === agentId);
  const isAbove = (each: WorktreeRow) => each.branch === row.targetBranch;
  for (const other of [...team.filter(isAbove), ...team.filter((each) => !isAbove(each)).reverse()]) {
    const adminDir = await setUpFolder(room, other);
    if (adminDir !== undefined)
      return { from: other.path, paths: [...(await unchangedSinceSetUp({ adminDir, folder: other.path }))] };
  }
  return undefined;
}

async function setUpFolder(room: Room, row: WorktreeRow): Promise<string | undefined> {
  if (row.status === "creating" || row.status === "removed" || row.status === "quarantined") return undefined;
  const found = await inspect(room, row);
  return found.kind === "sound" && (await wasSetUp(found.adminDir)) ? found.adminDir : undefined;
}
