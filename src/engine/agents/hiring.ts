import { ok, type Result, refuse } from "../../base/errors.ts";
import { slug } from "../../base/text.ts";
import type { SpawnCommand } from "../../protocol/commands.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import type { Amounts } from "../budgets/ledger.ts";
import { equalShare } from "../budgets/ledger.ts";
import type { Model } from "../models/port.ts";
import { suggestedAmount } from "../roles/narrow.ts";
import type { Role } from "../roles/role.ts";
import type { Transaction } from "../store/port.ts";
import type { SpawnRequest } from "../tools/tool.ts";
import { firstLine } from "./firstLine.ts";
import type { Parts } from "./parts.ts";
import { type Commission, commission } from "./rights.ts";

/** Starts a team: a root that belongs to the user, on the branch that the user is on. */
export async function spawnRoot(parts: Parts, command: SpawnCommand): Promise<Result<AgentRecord>> {
  const model = await parts.models.open(command.model);
  if (!model.ok) return model;
  const start = await parts.worktrees.startOf(command);
  if (!start.ok) return start;
  const commissioned = await commission(parts, command.role, null);
  if (!commissioned.ok) return commissioned;
  const { id } = command;
  return parts.store.attempt(async (tx) => {
    const spawned = id === undefined ? undefined : await parts.agents.get(tx, id);
    if (spawned !== undefined) return ok(spawned);
    return insertAgent(parts, tx, {
      id: id ?? parts.ids.short(),
      parent: null,
      name: ownName(slug(command.name ?? command.role)),
      role: command.role,
      task: command.task,
      model: model.value.id,
      commissioned: commissioned.value,
      amounts: { usd: command.budgetUsd, tokens: command.budgetTokens },
      baseCommit: start.value.commit,
      targetBranch: start.value.targetBranch,
      carriedCommit: start.value.carriedCommit,
      deduplicationKey: undefined,
    });
  });
}

/**
 * Hires a child: it starts from its parent's work as it is now, which is committed first. `key` names the call that
 * asked, so that the task is sent once.
 */
export async function spawnChild(
  parts: Parts,
  parent: AgentRecord,
  request: SpawnRequest,
  key: string,
): Promise<Result<{ agent: AgentRecord; branch: string }>> {
  const commissioned = await commission(parts, request.role, parent);
  if (!commissioned.ok) return commissioned;
  const { role } = commissioned.value;
  const model = await modelFor(parts, request.model, role, parent);
  if (!model.ok) return model;
  const baseCommit = await parts.worktrees.commitWork(parent.id, `${parent.name}: work so far`);
  const spawned = await parts.store.attempt(async (tx) => {
    // It may have been handed over since its run began, and stand higher by now.
    const hiring = await parts.agents.require(tx, parent.id);
    if (hiring.depth + 1 > parts.limits.maxDepth) {
      return refuse(
        "limit_reached",
        `A team has at most ${parts.limits.maxDepth} levels below its lead. Do this work yourself.`,
      );
    }
    const siblings = await parts.agents.children(tx, parent.id);
    if (siblings.length >= parts.limits.maxChildren) {
      return refuse(
        "limit_reached",
        `An agent hires at most ${parts.limits.maxChildren} agents. Give the work to one you have.`,
      );
    }
    const worktree = await parts.worktrees.get(tx, parent.id);
    if (worktree === undefined) throw new Error(`agent ${parent.id} has no worktree`);
    const free = await parts.budgets.free(tx, parent.id);
    const toCome = parts.limits.maxChildren - siblings.length;
    return insertAgent(parts, tx, {
      id: parts.ids.short(),
      parent: hiring,
      name: await freeName(parts, tx, parent.rootId, ownName(slug(request.name))),
      role: request.role,
      task: request.task,
      model: model.value.id,
      commissioned: commissioned.value,
      amounts: {
        usd: request.budgetUsd ?? suggestedAmount(role?.budgetUsd ?? null, free.usd) ?? equalShare(free.usd, toCome),
        tokens:
          request.budgetTokens ??
          suggestedAmount(role?.budgetTokens ?? null, free.tokens) ??
          equalShare(free.tokens, toCome),
      },
      baseCommit,
      targetBranch: worktree.branch,
      carriedCommit: null,
      deduplicationKey: key,
    });
  });
  if (!spawned.ok) return spawned;
  const worktree = await parts.store.read((reader) => parts.worktrees.get(reader, spawned.value.id));
  return ok({ agent: spawned.value, branch: worktree?.branch ?? "" });
}

/** What was asked for; else what the role suggests, where that is there; else the parent's own. */
async function modelFor(
  parts: Parts,
  wanted: string | undefined,
  role: Role | undefined,
  parent: AgentRecord,
): Promise<Result<Model>> {
  if (wanted?.startsWith("script/") && !parent.model.startsWith("script/")) {
    return refuse("unknown_model", "A script is a file that only the user may name: leave model out.");
  }
  if (wanted !== undefined) return parts.models.open(wanted);
  const suggested = role?.model == null ? undefined : await parts.models.open(role.model);
  return suggested?.ok ? suggested : parts.models.open(parent.model);
}

interface Hiring {
  readonly id: string;
  readonly parent: AgentRecord | null;
  readonly name: string;
  readonly role: string;
  readonly task: string;
  readonly model: string;
  readonly commissioned: Commission;
  readonly amounts: Amounts;
  readonly baseCommit: string;
  readonly targetBranch: string;
  readonly carriedCommit: string | null;
  readonly deduplicationKey: string | undefined;
}

/** Agent, hierarchy, budget, worktree row and first message, together or not at all. */
async function insertAgent(parts: Parts, tx: Transaction, hiring: Hiring): Promise<Result<AgentRecord>> {
  const agent = await parts.agents.insert(tx, { ...hiring, ...rightsIn(hiring.commissioned) });
  const budget = await parts.budgets.open(tx, agent.id, agent.parentId, hiring.amounts);
  if (!budget.ok) return budget;
  await parts.worktrees.reserve(tx, {
    agentId: agent.id,
    name: agent.name,
    baseCommit: hiring.baseCommit,
    targetBranch: hiring.targetBranch,
    carriedCommit: hiring.carriedCommit,
  });
  await parts.inbox.send(tx, {
    senderId: agent.parentId,
    recipientId: agent.id,
    relation: agent.parentId === null ? "user" : "parent",
    kind: "task",
    priority: "normal",
    body: agent.task,
    thread: { rootId: agent.rootId, subject: firstLine(agent.task) },
    deduplicationKey: hiring.deduplicationKey,
  });
  return ok(agent);
}

const rightsIn = ({ tools, mode, brief }: Commission) => ({ tools, mode, brief });

/** Words that stand for the user and for groups wherever an agent is named. */
const RESERVED: readonly string[] = ["you", "user", "parent", "children", "team"];

/** A name that nobody takes for somebody else. */
const ownName = (wanted: string): string => (RESERVED.includes(wanted) ? `${wanted}-agent` : wanted);

/** More names than a team has. */
const ALL = 1_000_000;

/** The name, or with a number behind it where the team has it already. */
async function freeName(parts: Parts, tx: Transaction, rootId: string, wanted: string): Promise<string> {
  if ((await parts.agents.member(tx, rootId, wanted)) === undefined) return wanted;
  const taken = new Set(await parts.agents.names(tx, rootId, wanted, ALL));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  return name;
}
