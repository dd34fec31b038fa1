import { messageOf } from "../../base/errors.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Transaction } from "../store/port.ts";
import { endAgent } from "./ending.ts";
import type { Parts } from "./parts.ts";

/** After a stop or a crash: settles what was cut off. Answers the agents that are to go on. */
export function recoverAgents(parts: Parts): Promise<readonly AgentRecord[]> {
  return parts.store.transaction(async (tx) => {
    await settleCutOff(parts, tx, "the engine stopped while the model was called");
    return parts.agents.unfinished(tx);
  });
}

/**
 * Of one agent that has no run under way, or of all when none has: a model call that was cut off keeps its hold as
 * `unconfirmed`, and the messages it had taken are due again.
 */
export async function settleCutOff(parts: Parts, tx: Transaction, failure: string, agentId?: string): Promise<void> {
  for (const turn of await parts.turns.calling(tx, agentId)) {
    await parts.turns.fail(tx, turn.id, failure, "unconfirmed");
    await parts.inbox.giveBack(tx, turn.id, null);
    await tx.emit({ type: "turn.failed", agentId: turn.agentId, turnId: turn.id, number: turn.number, failure });
  }
}

/** A run threw what nobody expected: a bug, or a machine that fails. Logged here, once; the agent fails with the reason. */
export async function failCrashed(parts: Parts, agentId: string, error: unknown): Promise<void> {
  parts.log.error("an agent's run failed", error, { agent: agentId });
  const agent = await parts.store.read((reader) => parts.agents.require(reader, agentId));
  if (isEnded(agent.status)) return;
  const reason = `internal error: ${messageOf(error)}`;
  await endAgent(parts, agentId, { as: "failed", reason, summary: `Failed: ${reason}` });
}
