import type { Transaction } from "../store/port.ts";
import { openChildren } from "./children.ts";
import type { Parts } from "./parts.ts";

/**
 * Makes the open children of an agent that ends those of its own parent: with their allocations, all that is below them,
 * and the branch that their work is merged into. Answers their names.
 */
export async function handOverChildren(parts: Parts, tx: Transaction, agentId: string): Promise<readonly string[]> {
  const children = await openChildren(parts, tx, agentId);
  if (children.length === 0) return [];
  const agent = await parts.agents.require(tx, agentId);
  for (const child of children) {
    await parts.agents.handOver(tx, child, agent);
    await parts.worktrees.inheritTarget(tx, child.id, agentId);
  }
  return children.map(({ name }) => name);
}
