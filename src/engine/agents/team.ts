import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord, MergeReport } from "../../protocol/records.ts";
import { isEnded, type Relation } from "../../protocol/words.ts";
import type { Reader } from "../store/port.ts";
import type { Team } from "../tools/tool.ts";
import { firstLine } from "./ending.ts";
import { spawnChild } from "./hiring.ts";
import type { Parts } from "./parts.ts";

/** What one agent may do with the others of its team. `key` names the tool call that does it. */
export function teamOf(parts: Parts, agent: AgentRecord, key: string): Team {
  return {
    async spawn(request) {
      const spawned = await spawnChild(parts, agent, request, key);
      if (!spawned.ok) return spawned;
      return ok({ id: spawned.value.agent.id, name: spawned.value.agent.name, branch: spawned.value.branch });
    },

    send: (message) =>
      parts.store.attempt(async (tx) => {
        const found = await findInTeam(parts, tx, agent, message.to);
        if (!found.ok) return found;
        const recipient = found.value;
        if (isEnded(recipient.status)) {
          return refuse(
            "illegal_move",
            `${recipient.name} has ended (${recipient.status}) and reads no more messages.`,
          );
        }
        const { threadId } = message;
        if (threadId !== undefined && !(await parts.inbox.threadExists(tx, threadId, agent.rootId))) {
          return refuse("not_found", `There is no thread "${threadId}" in this team. Leave threadId out to begin one.`);
        }
        const sent = await parts.inbox.send(tx, {
          senderId: agent.id,
          recipientId: recipient.id,
          relation: relationOf(agent, recipient),
          kind: "note",
          priority: message.priority,
          body: message.body,
          thread:
            threadId === undefined ? { rootId: agent.rootId, subject: firstLine(message.body) } : { id: threadId },
          deduplicationKey: key,
        });
        return ok({ messageId: sent.id, threadId: sent.threadId });
      }),

    merge: (child) => mergeChild(parts, agent, child),
  };
}

/** What the sender is to the recipient. */
function relationOf(sender: AgentRecord, recipient: AgentRecord): Relation {
  if (sender.id === recipient.parentId) return "parent";
  return sender.parentId === recipient.id ? "child" : "peer";
}

async function findInTeam(parts: Parts, reader: Reader, agent: AgentRecord, to: string): Promise<Result<AgentRecord>> {
  const team = await parts.agents.team(reader, agent.rootId);
  const wanted = to === "parent" ? agent.parentId : to;
  const found = team.find((member) => member.id === wanted || (to !== "parent" && member.name === wanted));
  if (found === undefined) {
    const names = team.filter((member) => member.id !== agent.id).map((member) => member.name);
    return refuse("not_found", `There is no "${to}" in this team. There are: ${names.join(", ") || "no others"}.`);
  }
  if (found.id === agent.id) return refuse("bad_input", "A message to oneself goes nowhere.");
  return ok(found);
}

async function mergeChild(parts: Parts, agent: AgentRecord, wanted: string): Promise<Result<MergeReport>> {
  const children = await parts.store.read((reader) => parts.agents.children(reader, agent.id));
  const child = children.find((candidate) => candidate.id === wanted || candidate.name === wanted);
  if (child === undefined) {
    const names = children.map((candidate) => candidate.name).join(", ");
    return refuse("not_found", `You hired no "${wanted}". You hired: ${names || "nobody"}.`);
  }
  if (!isEnded(child.status)) {
    return refuse("illegal_move", `${child.name} is still at work (${child.status}). Wait until it has reported.`);
  }
  if (child.startedAt === null) return refuse("nothing_to_merge", `${child.name} never began; it has no work.`);
  return parts.worktrees.mergeIntoParent(child.id, agent.id, `Merge ${child.name}: ${firstLine(child.task)}`);
}
