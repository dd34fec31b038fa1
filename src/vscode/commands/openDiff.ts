import { canDiff } from "../agentFacts.ts";
import { openWorkDiff } from "../diffEditor.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Open Diff*: what the agent's branch changed, in the editor's own multi-file diff. */
export const openDiff: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Open Diff",
    fits: canDiff,
    none: "No agent has a worktree with work in it yet.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const diff = await withViewProgress(() => engine.worktrees.diff(row.id));
  if (diff.ok) await openWorkDiff(engine.repository.root, row.name, diff.value);
  return diff;
};
