import { inspect } from "./inspect.ts";
import { branchTip, isAncestor, sharedGit } from "./objects.ts";
import type { Room } from "./room.ts";
import { allRows, type WorktreeRow } from "./rows.ts";
import { unchangedSinceSetUp, wasSetUp } from "./setUpRecord.ts";

/**
 * Whether a worktree holds the user's own work alone: it is at what its team started from, or before that. A set-up
 * command runs what it finds there (a package's install scripts), and agents that may write files may not run commands.
 */
export async function holdsUsersWork(room: Room, row: WorktreeRow): Promise<boolean> {
  const git = await sharedGit(room);
  const head = (await branchTip(git, row.branch)) ?? row.baseCommit;
  const top = topOf(await room.store.read(allRows), row);
  return isAncestor(git, head, top.baseCommit);
}

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
      return { from: other.path, paths: [...(await unchangedSinceSetUp({ adminDir, row: other }))] };
  }
  return undefined;
}

async function setUpFolder(room: Room, row: WorktreeRow): Promise<string | undefined> {
  if (row.status === "creating" || row.status === "removed" || row.status === "quarantined") return undefined;
  const found = await inspect(room, row);
  return found.kind === "sound" && (await wasSetUp(found.adminDir)) ? found.adminDir : undefined;
}
