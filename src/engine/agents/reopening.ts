import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Amounts } from "../budgets/ledger.ts";
import type { Transaction } from "../store/port.ts";
import type { Parts } from "./parts.ts";

/** More work for an agent that has ended. */
export interface MoreWork {
  /** Null: what it had, tried again. */
  readonly task: string | null;
  /** What it may spend from now on; what is null is as much as it was given last. */
  readonly budget: { readonly usd: number | null; readonly tokens: number | null };
  /** Who asks: null is the user. */
  readonly senderId: string | null;
  /** Names the asking, so that it takes effect once. */
  readonly key: string;
}

/**
 * Opens an ended agent again, with its transcript, its branch and a new allocation: it goes on where it stood, and is told
 * what more there is to do. Refuses one whose parent has ended, and an allocation that its parent hasn't free.
 */
export const reopenAgent = (parts: Parts, agentId: string, work: MoreWork): Promise<Result<AgentRecord>> =>
  parts.store.attempt((tx) => reopenIn(parts, tx, agentId, work));

/** The same, within a transaction: what was changed by then is undone where it refuses. */
export async function reopenIn(
  parts: Parts,
  tx: Transaction,
  agentId: string,
  work: MoreWork,
): Promise<Result<AgentRecord>> {
  const agent = await parts.agents.require(tx, agentId);
  if ((await parts.inbox.sentUnder(tx, work.key)) !== undefined) return ok(agent);
  if (!isEnded(agent.status)) {
    return refuse("illegal_move", `${agent.name} has not ended (${agent.status}): send it a message.`);
  }
  const parent = agent.parentId === null ? undefined : await parts.agents.require(tx, agent.parentId);
  if (parent !== undefined && isEnded(parent.status)) {
    return refuse(
      "illegal_move",
      `${parent.name}, which hired ${agent.name}, has ended (${parent.status}): reopen it first.`,
    );
  }
  const given = await parts.budgets.givenLast(tx, agent.id);
  const amounts: Amounts = { usd: work.budget.usd ?? given.usd, tokens: work.budget.tokens ?? given.tokens };
  const opened = await parts.budgets.reopen(tx, agent.id, agent.parentId, amounts);
  if (!opened.ok) return opened;
  const again = work.task === null;
  const reason = again ? "to be tried again" : "got more work";
  const reopened = await parts.agents.move(tx, agent.id, { type: "reopen" }, { reason });
  const thread = await parts.inbox.taskThread(tx, agent.id);
  await parts.inbox.send(tx, {
    senderId: work.senderId,
    recipientId: agent.id,
    relation: work.senderId === null ? "user" : "parent",
    kind: "task",
    // Seen at once, whatever it was doing when it ended.
    priority: "urgent",
    body: work.task ?? retryText(agent),
    thread: thread === undefined ? { rootId: agent.rootId, subject: agent.name } : { id: thread },
    deduplicationKey: work.key,
  });
  return ok(reopened);
}

const retryText = ({ status, reason, task }: AgentRecord): string =>
  `Try again: you ended as ${status}${reason === null ? "" : ` (${reason})`}. Your task is still:\n\n${task}`;
