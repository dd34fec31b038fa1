import { ok, type Result } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { canDiff } from "../agentFacts.ts";
import type { ShownDiff } from "../changePages.ts";
import { openWorkDiff } from "../diffEditor.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Open Diff*: the review of an agent's work in the editor's own multi-file diff, with its comments. */
export const openDiff: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Open Diff",
    fits: canDiff,
    none: "No agent has a worktree with work in it yet.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const diff = await withViewProgress(() => diffOf(engine, row.id));
  if (diff.ok) await openWorkDiff(engine.repository.root, row.name, diff.value);
  return diff;
};

/** What the target doesn't have; of work that is merged, what it changed since it began, about which nothing is asked. */
async function diffOf(engine: Engine, agentId: string): Promise<Result<ShownDiff>> {
  const review = await engine.reviews.get(agentId);
  if (!review.ok || review.value.files.length === 0) return engine.worktrees.diff(agentId);
  const { baseCommit, headCommit, files } = review.value;
  return ok({ agentId, baseCommit, headCommit, files });
}
