import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord, MergeReport, MessageRecord } from "../../protocol/records.ts";
import { isEnded, type Priority } from "../../protocol/words.ts";
import type { Amounts } from "../budgets/ledger.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { MessageRequest, SentMessages, Team, TeamStatus } from "../tools/tool.ts";
import { stopAgents } from "./control.ts";
import { usedBy } from "./ending.ts";
import { firstLine } from "./firstLine.ts";
import { forecastForParent } from "./forecasting.ts";
import { spawnChild } from "./hiring.ts";
import { type Letter, sendToAll, sendToOne } from "./messaging.ts";
import type { Parts } from "./parts.ts";
import { raiseByAncestor } from "./raising.ts";
import { reopenAgent } from "./reopening.ts";
import { letAgentResolve } from "./resolving.ts";

/** What one agent may do with the others of its team. `key` names the tool call that does it. */
export function teamOf(parts: Parts, agent: AgentRecord, key: string): Team {
  return {
    async spawn(request) {
      const spawned = await spawnChild(parts, agent, request, key);
      if (!spawned.ok) return spawned;
      return ok({ id: spawned.value.agent.id, name: spawned.value.agent.name, branch: spawned.value.branch });
    },

    send: (message) => parts.store.attempt((tx) => sendFrom(parts, tx, agent.id, message, key)),
    ask: (question) => parts.store.attempt((tx) => askFrom(parts, tx, agent.id, question, key)),

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

    async letResolve(wanted) {
      const found = await findChild(parts, agent, wanted);
      if (!found.ok) return found;
      const resolving = await letAgentResolve(parts, found.value, { sender: agent, key });
      return resolving.ok ? ok({ name: found.value.name, files: resolving.value.files }) : resolving;
    },
    answerComment: ({ comment, body }) =>
      parts.worktrees.reviews.answerComment(agent.id, { id: key, commentId: comment, body }),

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

async function sendFrom(
  parts: Parts,
  tx: Transaction,
  senderId: string,
  { to, body, priority, inReplyTo, threadId, reopen = false }: MessageRequest,
  key: string,
): Promise<Result<SentMessages>> {
  // It may have been handed over since its run began.
  const sender = await parts.agents.require(tx, senderId);
  const replyTo = inReplyTo === undefined ? ok(undefined) : await findOwnMessage(parts, tx, sender, inReplyTo);
  if (!replyTo.ok) return replyTo;
  const letter: Letter = { sender, kind: "note", body, priority, replyTo: replyTo.value, threadId, reopen, key };
  if (to === "children" || to === "team") {
    const all = await parts.agents.team(tx, sender.rootId);
    const group = all.filter(({ id, parentId }) => (to === "team" ? id !== senderId : parentId === senderId));
    const sent = await sendToAll(parts, tx, letter, group);
    return sent.ok ? ok(sentAs(sent.value, all)) : sent;
  }
  const found =
    to === undefined ? await otherEnd(parts, tx, sender, replyTo.value) : await findInTeam(parts, tx, sender, to);
  if (!found.ok) return found;
  const sent = await sendToOne(parts, tx, letter, found.value);
  return sent.ok ? ok(sentAs([sent.value], [found.value])) : sent;
}

function sentAs(messages: readonly MessageRecord[], agents: readonly AgentRecord[]): SentMessages {
  const nameOf = (agentId: string) => agents.find(({ id }) => id === agentId)?.name ?? agentId;
  const sent = messages.map(({ id, recipientId }) => ({ messageId: id, to: nameOf(recipientId) }));
  return { threadId: messages[0]?.threadId ?? "", sent };
}

async function askFrom(
  parts: Parts,
  tx: Transaction,
  senderId: string,
  { to, body, priority }: { readonly to: string; readonly body: string; readonly priority: Priority },
  key: string,
): Promise<Result<{ questionId: string; name: string }>> {
  const asked = await parts.inbox.sentUnder(tx, key);
  if (asked !== undefined) {
    return ok({ questionId: asked.id, name: (await parts.agents.require(tx, asked.recipientId)).name });
  }
  const sender = await parts.agents.require(tx, senderId);
  const found = await findInTeam(parts, tx, sender, to);
  if (!found.ok) return found;
  const letter: Letter = {
    sender,
    kind: "question",
    body,
    priority,
    replyTo: undefined,
    threadId: undefined,
    reopen: false,
    key,
  };
  const sent = await sendToOne(parts, tx, letter, found.value);
  return sent.ok ? ok({ questionId: sent.value.id, name: found.value.name }) : sent;
}

/** A message that the agent sent or got. */
async function findOwnMessage(
  parts: Parts,
  reader: Reader,
  agent: AgentRecord,
  messageId: string,
): Promise<Result<MessageRecord>> {
  const found = await parts.threads.find(reader, messageId);
  if (found !== undefined && (found.senderId === agent.id || found.recipientId === agent.id)) return ok(found);
  return refuse("not_found", `You neither sent nor got a message "${messageId}". Give the id of one that you did.`);
}

/** Who is at the other end of a message. */
async function otherEnd(
  parts: Parts,
  reader: Reader,
  agent: AgentRecord,
  message: MessageRecord | undefined,
): Promise<Result<AgentRecord>> {
  if (message === undefined)
    return refuse("bad_input", "Say to whom: an agent by name or id, parent, children or team.");
  const otherId = message.senderId === agent.id ? message.recipientId : message.senderId;
  if (otherId === null) {
    return refuse(
      "bad_input",
      "The user wrote that, and reads what you say and report, not messages: answer in your own words.",
    );
  }
  return ok(await parts.agents.require(reader, otherId));
}

/** Names that a model is told of when it names nobody. */
const SOME_NAMES = 30;

async function findInTeam(parts: Parts, reader: Reader, agent: AgentRecord, to: string): Promise<Result<AgentRecord>> {
  if (to === "parent") {
    if (agent.parentId !== null) return ok(await parts.agents.require(reader, agent.parentId));
    return refuse("bad_input", "You lead the team: the user is above you, and reads what you say and report.");
  }
  const found = await parts.agents.member(reader, agent.rootId, to);
  if (found === undefined) {
    const first = await parts.agents.names(reader, agent.rootId, "", SOME_NAMES + 2);
    const others = first.filter((name) => name !== agent.name);
    const more = others.length > SOME_NAMES ? ", and more" : "";
    const names = others.slice(0, SOME_NAMES).join(", ");
    return refuse("not_found", `There is no "${to}" in this team. There are: ${names || "no others"}${more}.`);
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
