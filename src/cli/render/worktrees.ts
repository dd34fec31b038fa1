import type { WorktreeRecord } from "../../protocol/records.ts";
import { type Line, line } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { workStatusOf } from "./status.ts";
import { left, table } from "./table.ts";
import { shortHash } from "./text.ts";

/** One line for each worktree. */
export function worktreeLines(worktrees: readonly WorktreeRecord[], nameOf: NameOf): Line[] {
  const rows = worktrees.map((worktree) => [
    line(nameOf(worktree.agentId)),
    [workStatusOf(worktree.status)],
    line(worktree.branch),
    line(worktree.targetBranch),
    line(worktree.mergeCommit === null ? "" : shortHash(worktree.mergeCommit)),
    line(worktree.path, "dim"),
  ]);
  return table([left("AGENT"), left("STATUS"), left("BRANCH"), left("INTO"), left("MERGE"), left("PATH")], rows);
}
