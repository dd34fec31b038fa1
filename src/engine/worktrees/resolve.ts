import { type Result, refuse } from "../../base/errors.ts";
import type { Resolution } from "../../protocol/records.ts";
import { commitUncommitted } from "./commit.ts";
import { madeWorktree } from "./merge-parent.ts";
import { branchTip, isAncestor } from "./objects.ts";
import { finishResolution, mergeTarget, resolutionOf } from "./resolution.ts";
import { agentName, type Room } from "./room.ts";
import { moveRow, type WorktreeRow } from "./rows.ts";

/**
 * Merges the target into the agent's own branch, in its worktree: there the conflicts stand until they are resolved, and
 * the target is not touched. Where nothing conflicts it is committed at once. The caller holds the worktree's lock and has
 * settled the merges into it.
 */
export async function beginResolution(room: Room, row: WorktreeRow): Promise<Result<Resolution>> {
  if (row.status === "conflicted") return resolutionOf(room, row);
  const made = await madeWorktree(room, row);
  if (!made.ok) return made;
  const tip = await commitUncommitted(room, made.value.row, `Work of ${agentName(row)}`);
  if (!tip.ok) return tip;
  const target = await branchTip(made.value.git, row.targetBranch);
  if (target === undefined) return refuse("not_found", `the branch ${row.targetBranch} is gone: bring it back first`);
  if (await isAncestor(made.value.git, target, tip.value)) {
    return refuse("nothing_to_merge", `${row.branch} has all of ${row.targetBranch} already: merge it`);
  }
  const change = { resolvingCommit: target, headCommit: tip.value, mergeCommit: null, targetBefore: null };
  const reason = `with ${row.targetBranch}`;
  await room.store.transaction((tx) => moveRow(tx, row.agentId, room.clock.now(), "conflicted", reason, change));
  const current: WorktreeRow = { ...made.value.row, ...change, status: "conflicted" };
  await mergeTarget(room, { ...made.value, row: current }, tip.value, target);
  const resolution = await resolutionOf(room, current);
  if (!resolution.ok || resolution.value.files.length > 0) return resolution;
  const finished = await finishResolution(room, current);
  return finished.ok ? resolution : finished;
}
