import { isDiskRefusal, messageOf, type Refusal } from "../../base/errors.ts";
import type { AgentRecord, AgentResult } from "../../protocol/records.ts";
import { type BudgetUnit, type EndedStatus, isEnded } from "../../protocol/words.ts";
import type { Amounts } from "../budgets/ledger.ts";
import type { Reader, Transaction } from "../store/port.ts";
import { openChildren } from "./children.ts";
import { firstLine } from "./firstLine.ts";
import { handOverChildren } from "./handOver.ts";
import { answerFor, tellOfUnread, whatBecameOf } from "./messaging.ts";
import type { Parts } from "./parts.ts";

/** How an agent ends: with the status, why, and what it says of its work. */
export interface Ending {
  readonly as: EndedStatus;
  readonly reason: string | null;
  readonly summary: string;
}

/** What is left of an agent's work when it ends. */
interface KeptWork {
  readonly agent: AgentRecord;
  readonly files: readonly string[];
  /** Why the work could not be committed, where that is so: it stays in the worktree. */
  readonly problem: string | null;
}

/**
 * Ends one agent that no run is under way of but the caller's own: commits and snapshots its work, closes its budget and
 * tells its parent. What it hired and is still open becomes its parent's, or is ended before, as is set; a root's is
 * always ended. `within` runs in the transaction that ends it.
 */
export async function endAgent(
  parts: Parts,
  agentId: string,
  ending: Ending,
  within: (tx: Transaction) => Promise<void> = async () => {},
): Promise<void> {
  const agent = await parts.store.read((reader) => parts.agents.require(reader, agentId));
  const takesAllAlong = agent.parentId === null || parts.limits.onParentEnd === "stop";
  for (let ended = false; !ended; ) {
    if (takesAllAlong) await endChildren(parts, agentId);
    const kept = await keepWork(parts, agent);
    ended = await parts.store.transaction(async (tx) => {
      if (await hasEnded(parts, tx, agentId)) return true;
      // One below it may have been reopened meanwhile.
      if (takesAllAlong && (await openChildren(parts, tx, agentId)).length > 0) return false;
      await within(tx);
      const handedOver = await handOverChildren(parts, tx, agentId);
      await closeAgent(parts, tx, kept, ending);
      await tellParent(parts, tx, { ...kept, handedOver }, ending);
      return true;
    });
  }
}

async function hasEnded(parts: Parts, reader: Reader, agentId: string): Promise<boolean> {
  return isEnded((await parts.agents.require(reader, agentId)).status);
}

async function endChildren(parts: Parts, agentId: string): Promise<void> {
  const reason = "the agent that hired it has ended";
  for (const child of await parts.store.read((reader) => openChildren(parts, reader, agentId))) {
    await endSubtree(parts, child.id, { as: "terminated", reason, summary: reason }, reason);
  }
}

/** Ends an agent that may be running, and leaves what is below it as `endAgent` does. */
export async function endAlone(parts: Parts, agentId: string, ending: Ending): Promise<void> {
  await parts.halt([agentId]);
  try {
    const { status } = await parts.store.read((reader) => parts.agents.require(reader, agentId));
    if (!isEnded(status)) await endAgent(parts, agentId, ending);
  } finally {
    parts.release([agentId]);
  }
}

/**
 * Ends an agent and everything below it, deepest first, in one transaction. Their runs are stopped before and their
 * work is kept. Resolves when it is done; agents that had ended stay as they are.
 */
export async function endSubtree(parts: Parts, agentId: string, ending: Ending, belowReason: string): Promise<void> {
  const halted = await haltSubtree(parts, agentId);
  try {
    const kept = new Map<string, KeptWork>();
    for (let ended = false; !ended; ) {
      for (const agent of await parts.store.read((reader) => openSubtree(parts, reader, agentId))) {
        if (!kept.has(agent.id)) kept.set(agent.id, await keepWork(parts, agent));
      }
      ended = await parts.store.transaction((tx) => closeSubtree(parts, tx, agentId, kept, ending, belowReason));
    }
  } finally {
    parts.release(halted);
  }
}

/** Deepest first. */
async function openSubtree(parts: Parts, reader: Reader, agentId: string): Promise<readonly AgentRecord[]> {
  return (await parts.agents.subtree(reader, agentId)).filter(({ status }) => !isEnded(status));
}

/** Closes what is open by now. Does nothing, and answers false, where one was reopened whose work is not kept yet. */
async function closeSubtree(
  parts: Parts,
  tx: Transaction,
  agentId: string,
  kept: ReadonlyMap<string, KeptWork>,
  ending: Ending,
  belowReason: string,
): Promise<boolean> {
  const open = await openSubtree(parts, tx, agentId);
  const works = open.flatMap(({ id }) => kept.get(id) ?? []);
  if (works.length < open.length) return false;
  for (const work of works) {
    const own = work.agent.id === agentId;
    await closeAgent(parts, tx, work, own ? ending : { as: "terminated", reason: belowReason, summary: belowReason });
    if (own) await tellParent(parts, tx, { ...work, handedOver: [] }, ending);
  }
  return true;
}

/** Stops the runs of an agent and of all below it, those included that were hired while it stopped them. */
export async function haltSubtree(parts: Parts, agentId: string, patienceMs = 0): Promise<readonly string[]> {
  const halted = new Set<string>();
  for (;;) {
    const subtree = await parts.store.read((reader) => parts.agents.subtree(reader, agentId));
    const fresh = subtree.map((agent) => agent.id).filter((id) => !halted.has(id));
    if (fresh.length === 0) return [...halted];
    for (const id of fresh) halted.add(id);
    await parts.halt(fresh, patienceMs);
  }
}

/** Commits and snapshots what an agent made. A worktree that can't be read keeps its work; the reason is told. */
async function keepWork(parts: Parts, agent: AgentRecord): Promise<KeptWork> {
  const worktree = await parts.store.read((reader) => parts.worktrees.get(reader, agent.id));
  if (worktree === undefined || (worktree.status !== "isolated" && worktree.status !== "conflicted"))
    return { agent, files: [], problem: null };
  try {
    await parts.worktrees.commitWork(agent.id, `${agent.name}: ${firstLine(agent.task)}`);
    await parts.worktrees.snapshot(agent.id);
    const diff = await parts.worktrees.diff(agent.id);
    return { agent, files: diff.ok ? diff.value.files.map((file) => file.path) : [], problem: null };
  } catch (error) {
    if (isDiskRefusal(error)) throw error;
    parts.log.error("an agent's work could not be committed", error, { agent: agent.id, path: worktree.path });
    return { agent, files: [], problem: `its work is uncommitted in ${worktree.path}: ${messageOf(error)}` };
  }
}

async function closeAgent(parts: Parts, tx: Transaction, work: KeptWork, ending: Ending): Promise<void> {
  const { agent } = work;
  for (const turn of await parts.turns.calling(tx, agent.id)) {
    await parts.turns.fail(tx, turn.id, "the agent was stopped", "unconfirmed");
    await parts.inbox.giveBack(tx, turn.id, null);
  }
  await parts.budgets.close(tx, agent.id);
  const as = statusOf(work, ending);
  const result: AgentResult = {
    status: as === "completed" ? "completed" : "failed",
    summary: ending.summary,
    files: [...work.files],
    cost: await usedBy(parts, tx, agent.id),
  };
  const reason = [ending.reason, work.problem].filter((text) => text !== null).join("; ");
  const ended = await parts.agents.move(
    tx,
    agent.id,
    { type: "end", as },
    { reason: reason === "" ? null : reason, result },
  );
  await answerFor(parts, tx, ended, await parts.inbox.unanswered(tx, agent.id), whatBecameOf(ended));
  await tellOfUnread(parts, tx, ended);
}

/** What an agent and all below it came to by now. */
export async function usedBy(parts: Parts, reader: Reader, agentId: string): Promise<Amounts> {
  const use = await parts.budgets.use(reader, agentId);
  const of = (unit: BudgetUnit) => use.find((each) => each.unit === unit)?.used ?? 0;
  return { usd: of("usd"), tokens: of("tokens") };
}

/** Work that nobody can merge is not completed. */
const statusOf = (work: KeptWork, ending: Ending): EndedStatus =>
  work.problem !== null && ending.as === "completed" ? "failed" : ending.as;

async function tellParent(
  parts: Parts,
  tx: Transaction,
  work: KeptWork & { readonly handedOver: readonly string[] },
  ending: Ending,
): Promise<void> {
  const { parentId, result } = await parts.agents.require(tx, work.agent.id);
  const { agent, handedOver } = work;
  if (parentId === null) return;
  const parent = await parts.agents.require(tx, parentId);
  if (isEnded(parent.status)) return;
  const thread = await parts.inbox.taskThread(tx, agent.id);
  await parts.inbox.send(tx, {
    senderId: agent.id,
    recipientId: parent.id,
    relation: "child",
    kind: "report",
    priority: "normal",
    body: ending.summary,
    payload: {
      agent: agent.name,
      status: statusOf(work, ending),
      reason: ending.reason ?? work.problem,
      files: work.files,
      cost: result?.cost,
      ...(handedOver.length === 0 ? {} : { nowYours: handedOver }),
    },
    thread: thread === undefined ? { rootId: agent.rootId, subject: firstLine(agent.task) } : { id: thread },
  });
}

/** What a refusal becomes as the reason of a failure. */
export const failedBecause = (refusal: Refusal): Ending => ({
  as: "failed",
  reason: refusal.message,
  summary: `Failed: ${refusal.message}`,
});
