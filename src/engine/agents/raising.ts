import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Amounts } from "../budgets/ledger.ts";
import type { Transaction } from "../store/port.ts";
import type { Parts } from "./parts.ts";

/** Raises an agent's budget with the user's money, which goes down the tree to it. */
export const raiseByUser = (
  parts: Parts,
  agent: AgentRecord,
  amounts: Amounts,
  reference: string,
): Promise<Result<AgentRecord>> =>
  raise(parts, agent, amounts, reference, async (tx) => ({
    from: "user",
    path: [...(await parts.agents.ancestors(tx, agent.id)).map(({ id }) => id), agent.id],
  }));

/** Raises the budget of an agent below another one, out of what that one has free. */
export const raiseByAncestor = (
  parts: Parts,
  giver: AgentRecord,
  agent: AgentRecord,
  amounts: Amounts,
  reference: string,
): Promise<Result<AgentRecord>> =>
  raise(parts, agent, amounts, reference, async (tx) => {
    const above = (await parts.agents.ancestors(tx, agent.id)).map(({ id }) => id);
    const from = above.indexOf(giver.id);
    if (from < 0) throw new Error(`agent ${giver.id} is not above ${agent.id}`);
    return { from: "first", path: [...above.slice(from), agent.id] };
  });

async function raise(
  parts: Parts,
  agent: AgentRecord,
  amounts: Amounts,
  reference: string,
  along: (tx: Transaction) => Promise<{ readonly from: "user" | "first"; readonly path: readonly string[] }>,
): Promise<Result<AgentRecord>> {
  return parts.store.attempt(async (tx) => {
    const now = await parts.agents.require(tx, agent.id);
    if (isEnded(now.status)) {
      return refuse(
        "illegal_move",
        `${now.name} has ended (${now.status}): give it more work, with a budget for it: banyan reopen ${now.name}.`,
      );
    }
    const raised = await parts.budgets.raise(tx, { ...(await along(tx)), amounts, reference });
    return raised.ok ? ok(now) : raised;
  });
}
