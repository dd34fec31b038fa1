import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord, MergeReport } from "../../protocol/records.ts";
import { isEnded, type Relation } from "../../protocol/words.ts";
import type { Amounts } from "../budgets/ledger.ts";
import type { Reader } from "../store/port.ts";
import type { Team, TeamStatus } from "../tools/tool.ts";
import { stopAgents } from "./control.ts";
import { firstLine, usedBy } from "./ending.ts";
import { forecastForParent } from "./forecasting.ts";
import { spawnChild } from "./hiring.ts";
import type { Parts } from "./parts.ts";
import { raiseByAncestor } from "./raising.ts";
import { reopenAgent } from "./reopening.ts";

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
          relation: await relationOf(parts, tx, agent.id, recipient),
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

    async raise(wanted, amounts) {
      const found = await findBelow(parts, agent, wanted);
      return found.ok ? raiseByAncestor(parts, agent, found.value, amounts, key) : found;
    },

    async stop(wanted, reason) {
      const found = await findBelow(parts, agent, wanted);
      return found.ok ? stopAgents(parts, found.value, reason, "subtree") : found;
    },

    async reopen({ agent: wanted, task = null, budgetUsd = null, budgetTokens = null }) {
      const found = await findChild(parts, agent, wanted);
      if (!found.ok) return found;
      const budget = { usd: budgetUsd, tokens: budgetTokens };
      return reopenAgent(parts, found.value.id, { task, budget, senderId: agent.id, key });
    },

    forecast: (request) => forecastForParent(parts, agent.id, request),
    status: () => statusOf(parts, agent.id),
  };
}

async function statusOf(parts: Parts, agentId: string): Promise<TeamStatus> {
  return parts.store.read(async (reader) => {
    const children: TeamStatus["children"][number][] = [];
    for (const { id, name, role, status, reason, result } of await parts.agents.children(reader, agentId)) {
      children.push({ name, role, status, reason, used: await usedBy(parts, reader, id), result });
    }
    const open = children.filter(({ result }) => result === null).length;
    const sum = (unit: keyof Amounts) => children.reduce((total, { used }) => total + used[unit], 0);
    return {
      left: await parts.budgets.free(reader, agentId),
      children,
      total: { open, ended: children.length - open, usd: sum("usd"), tokens: sum("tokens") },
    };
  });
}

/** What the sender is to the recipient. */
async function relationOf(parts: Parts, reader: Reader, senderId: string, recipient: AgentRecord): Promise<Relation> {
  if (senderId === recipient.parentId) return "parent";
  const sender = await parts.agents.require(reader, senderId);
  return sender.parentId === recipient.id ? "child" : "peer";
}

async function findInTeam(parts: Parts, reader: Reader, agent: AgentRecord, to: string): Promise<Result<AgentRecord>> {
  // It may have been handed over since its run began.
  const parentId = to === "parent" ? (await parts.agents.require(reader, agent.id)).parentId : null;
  if (parentId !== null) return ok(await parts.agents.require(reader, parentId));
  const team = await parts.agents.team(reader, agent.rootId);
  const found = to === "parent" ? undefined : team.find(({ id, name }) => id === to || name === to);
  if (found === undefined) {
    const names = team.filter((member) => member.id !== agent.id).map((member) => member.name);
    return refuse("not_found", `There is no "${to}" in this team. There are: ${names.join(", ") || "no others"}.`);
  }
  if (found.id === agent.id) return refuse("bad_input", "A message to oneself goes nowhere.");
  return ok(found);
}

/** An agent below this one. */
async function findBelow(parts: Parts, agent: AgentRecord, wanted: string): Promise<Result<AgentRecord>> {
  const subtree = await parts.store.read((reader) => parts.agents.subtree(reader, agent.id));
  const below = subtree.filter(({ id }) => id !== agent.id);
  const found = below.find(({ id, name }) => id === wanted || name === wanted);
  if (found !== undefined) return ok(found);
  const names = below.map(({ name }) => name).join(", ");
  return refuse("not_found", `There is no "${wanted}" below you. There are: ${names || "no others"}.`);
}

/** An agent that this one hired, or got from one that ended before it. */
async function findChild(parts: Parts, agent: AgentRecord, wanted: string): Promise<Result<AgentRecord>> {
  const children = await parts.store.read((reader) => parts.agents.children(reader, agent.id));
  const child = children.find(({ id, name }) => id === wanted || name === wanted);
  if (child !== undefined) return ok(child);
  const names = children.map(({ name }) => name).join(", ");
  return refuse("not_found", `You hired no "${wanted}". You hired: ${names || "nobody"}.`);
}

async function mergeChild(parts: Parts, agent: AgentRecord, wanted: string): Promise<Result<MergeReport>> {
  const found = await findChild(parts, agent, wanted);
  if (!found.ok) return found;
  const child = found.value;
  if (!isEnded(child.status)) {
    return refuse("illegal_move", `${child.name} is still at work (${child.status}). Wait until it has reported.`);
  }
  if (child.startedAt === null) return refuse("nothing_to_merge", `${child.name} never began; it has no work.`);
  return parts.worktrees.mergeIntoParent(child.id, agent.id, `Merge ${child.name}: ${firstLine(child.task)}`);
}
