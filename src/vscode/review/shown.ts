import type { EngineEvent } from "../../protocol/events.ts";
import type { Review } from "../../protocol/records.ts";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { isEnded } from "../../protocol/words.ts";
import { stateOf } from "../agentRow.ts";
import type { AgentsModel } from "../agentsModel.ts";

type Rows = Pick<AgentsModel, "row">;

/** A review with the names of whom it refers to, and why it can't be merged now. */
export function shownOf(review: Review, model: Rows): ShownReview {
  const others = [review.targetAgentId, ...review.collisions.flatMap(({ agentId, otherId }) => [agentId, otherId])];
  const named = others.flatMap((id) => {
    const name = id === null ? undefined : model.row(id)?.name;
    return id === null || name === undefined ? [] : [[id, name] as const];
  });
  const names = Object.fromEntries(named);
  return { review, names, mergeObstacle: obstacleOf(review, names) };
}

function obstacleOf(
  { agent, worktree, targetAgentId, files, resolution }: Review,
  names: ShownReview["names"],
): string | null {
  if (targetAgentId !== null) {
    return `“${names[targetAgentId] ?? "The agent above"}” merges this work into its own: merge the lead of the team.`;
  }
  if (!isEnded(agent.status)) {
    return `“${agent.name}” is still at work (${stateOf(agent)}): its work can be merged when it has ended.`;
  }
  if (resolution !== null) return "Conflicts are being resolved: finish that first.";
  if (worktree.status === "merged") return `All of this work is in ${worktree.targetBranch}.`;
  return files.length === 0 ? "There is nothing to merge." : null;
}

/** Whether the review of that agent's work may be another one after this. */
export function concerns(event: EngineEvent, agentId: string, model: Rows): boolean {
  const isOwn = event.agentId === agentId;
  switch (event.type) {
    case "collisions.changed":
      return true;
    case "message.sent":
      return isOwn || event.recipientId === agentId;
    case "agent.moved":
    case "turn.completed":
    case "worktree.moved":
      // What its work is merged into is the work of whoever hired it.
      return isOwn || event.agentId === model.row(agentId)?.parentId;
    case "review.changed":
    case "agent.handed_over":
      return isOwn;
    case "team.archived":
    case "team.restored":
      return event.agentId === (model.row(agentId)?.rootId ?? event.agentId);
    default:
      return false;
  }
}
