import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord, Resolution } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import { sendToOne } from "./messaging.ts";
import type { Parts } from "./parts.ts";

/** Who wants conflicts resolved. */
export interface ResolveRequest {
  /** Null is the user. */
  readonly sender: AgentRecord | null;
  /** Names the asking, so that it takes effect once. */
  readonly key: string;
}

/** Merges the target of an ended agent's work into its branch, in its worktree, where the conflicts stand from then on. */
export async function beginResolution(parts: Parts, agent: AgentRecord): Promise<Result<Resolution>> {
  if (!isEnded(agent.status)) {
    return refuse("illegal_move", `${agent.name} is still at work (${agent.status}): wait until it has ended.`);
  }
  // What the agent above has by now is what the work must go with.
  if (agent.parentId !== null) await parts.worktrees.commitWork(agent.parentId, "Work so far");
  return parts.worktrees.beginResolution(agent.id);
}

/** The same, and the agent is opened again and told what to do. Where it can't be, all is as it was. */
export async function letAgentResolve(
  parts: Parts,
  agent: AgentRecord,
  { sender, key }: ResolveRequest,
): Promise<Result<Resolution>> {
  const begun = await beginResolution(parts, agent);
  if (!begun.ok || begun.value.files.length === 0) return begun;
  const body = resolveText(begun.value);
  const letter = { sender, kind: "note", body, priority: "urgent", reopen: true, key } as const;
  const told = await parts.store.attempt((tx) =>
    sendToOne(parts, tx, { ...letter, replyTo: undefined, threadId: undefined }, agent),
  );
  if (told.ok) return ok(begun.value);
  await parts.worktrees.abandonResolution(agent.id);
  return told;
}

const resolveText = ({ targetBranch, files }: Resolution): string =>
  [
    `Your work conflicts with ${targetBranch}, which went on since you started. It is merged into your branch now, in your`,
    "worktree, and these files conflict:",
    "",
    ...files.map((file) => `- ${file}`),
    "",
    "Where both sides changed the same lines, both stand between the markers <<<<<<<, ======= and >>>>>>>. Make each of",
    "these files what it is to be, so that what both sides meant holds, and leave no marker. Where one side deleted a file",
    "that the other changed, decide whether it stays. Then report.",
  ].join("\n");
