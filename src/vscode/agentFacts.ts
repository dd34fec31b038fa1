import type { AgentTreeRow } from "../protocol/records.ts";
import { isEnded } from "../protocol/words.ts";
import { budgetWaitOf } from "./budgetWait.ts";
import type { AgentFacts } from "./contributions.ts";

/** What can be done with an agent, of its row, its parent's and the tree's. */

export const factsOf = (row: AgentTreeRow, parent: AgentTreeRow | undefined): AgentFacts => ({
  place: row.parentId === null ? "root" : "child",
  life: isEnded(row.status) ? "ended" : row.status === "paused" ? "paused" : "live",
  work: workOf(row),
  next: nextOf(row, parent),
});

/** A worktree is made when its agent first works on files. When it goes, the work stays on its branch. */
function workOf({ worktree }: AgentTreeRow): AgentFacts["work"] {
  if (worktree === null) return "none";
  if (worktree.status === "conflicted") return "conflict";
  if (worktree.mergeCommit !== null || worktree.status === "merged") return "merged";
  return worktree.status === "creating" || worktree.status === "orphaned" ? "none" : "work";
}

function nextOf(row: AgentTreeRow, parent: AgentTreeRow | undefined): AgentFacts["next"] {
  const wait = budgetWaitOf(row);
  if (wait !== undefined) return wait.kind === "cap" ? "none" : "budget";
  if (!canReopen(row, parent)) return "none";
  return row.status === "completed" ? "more" : "again";
}

export const isOpen = (row: AgentTreeRow): boolean => !isEnded(row.status);
export const canPause = (row: AgentTreeRow): boolean => isOpen(row) && row.status !== "paused";
export const canResume = (row: AgentTreeRow): boolean => row.status === "paused";
export const canDiff = (row: AgentTreeRow): boolean => workOf(row) !== "none";
export const canMerge = (row: AgentTreeRow): boolean =>
  row.parentId === null && isEnded(row.status) && workOf(row) === "work";
export const canUndo = (row: AgentTreeRow): boolean => row.parentId === null && workOf(row) === "merged";
/** Its conflicts with its target are the user's to resolve; those of one at work are its own. */
export const isConflicted = (row: AgentTreeRow): boolean => isEnded(row.status) && workOf(row) === "conflict";
export const canResolve = (row: AgentTreeRow): boolean =>
  isConflicted(row) || (isEnded(row.status) && workOf(row) === "work");
/** An ended agent's budget comes from its parent, which has to be there to give it. */
export const canReopen = (row: AgentTreeRow, parent: AgentTreeRow | undefined): boolean =>
  isEnded(row.status) && (row.parentId === null || (parent !== undefined && isOpen(parent)));
export const canTryAgain = (row: AgentTreeRow, parent: AgentTreeRow | undefined): boolean =>
  row.status !== "completed" && canReopen(row, parent);

/** Agents below `id` that have not ended: those that stopping or pausing it takes along. `rows` is the whole tree, in any order. */
export function liveBelow(rows: readonly AgentTreeRow[], id: string): number {
  const children = rows.filter((row) => row.parentId === id);
  return children.reduce((sum, child) => sum + (isOpen(child) ? 1 : 0) + liveBelow(rows, child.id), 0);
}
