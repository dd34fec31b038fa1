import { ok, type Result, refuse } from "../../base/errors.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { isEnded, type Scope } from "../../protocol/words.ts";
import type { Reader } from "../store/port.ts";
import { openChildren } from "./children.ts";
import { endAlone, endSubtree, haltSubtree } from "./ending.ts";
import type { Parts } from "./parts.ts";
import { settleCutOff } from "./recovery.ts";

/** Pausing, going on and ending, of one agent or of it and all below it. */

/** Milliseconds that a model call or a tool under way is given to end by itself when its agent is paused. */
const PATIENCE_MS = 30_000;

/** Pauses at the next step: what is under way is done first, unless it takes too long, and nothing of it is lost. */
export async function pauseAgents(
  parts: Parts,
  agent: AgentRecord,
  reason: string,
  scope: Scope,
): Promise<Result<AgentRecord>> {
  if (isEnded(agent.status)) return hasEnded(agent);
  const halted = await halt(parts, agent.id, scope);
  try {
    const paused = await parts.store.transaction(async (tx) => {
      const open = (await membersOf(parts, agent.id, scope, tx)).filter(
        ({ status }) => !isEnded(status) && status !== "paused",
      );
      for (const { id } of open) {
        await settleCutOff(parts, tx, "the agent was paused while the model was called", id);
        await parts.agents.move(tx, id, { type: "pause" }, { reason });
      }
      return open.length;
    });
    const now = await parts.store.read((reader) => parts.agents.require(reader, agent.id));
    if (paused > 0) return ok(now);
    return isEnded(now.status) ? hasEnded(now) : refuse("illegal_move", `${now.name} is paused already.`);
  } finally {
    parts.release(halted);
  }
}

/** Lets what is paused go on from its checkpoint. */
export async function resumeAgents(parts: Parts, agent: AgentRecord, scope: Scope): Promise<Result<AgentRecord>> {
  const resumed = await parts.store.transaction(async (tx) => {
    const paused = (await membersOf(parts, agent.id, scope, tx)).filter(({ status }) => status === "paused");
    for (const { id } of paused) await parts.agents.move(tx, id, { type: "resume" }, { reason: null });
    return paused;
  });
  for (const { id, rootId } of resumed) parts.wake(id, rootId);
  if (resumed.length === 0) {
    return refuse(
      "illegal_move",
      `${agent.name} is not paused (${agent.status})${scope === "subtree" ? ", and nothing below it is" : ""}.`,
    );
  }
  return ok(await parts.store.read((reader) => parts.agents.require(reader, agent.id)));
}

/** Ends an agent and all below it; or it alone, and what it hired becomes its parent's. */
export async function stopAgents(
  parts: Parts,
  agent: AgentRecord,
  reason: string,
  scope: Scope,
): Promise<Result<AgentRecord>> {
  if (isEnded(agent.status)) return hasEnded(agent);
  const ending = { as: "terminated", reason, summary: `Stopped: ${reason}` } as const;
  if (scope === "agent" && agent.parentId === null) {
    const below = await parts.store.read((reader) => openChildren(parts, reader, agent.id));
    if (below.length > 0) {
      return refuse("illegal_move", `${agent.name} leads its team, and nobody is above it to take over what it hired.`);
    }
  }
  if (scope === "subtree") await endSubtree(parts, agent.id, ending, `${agent.name} above it was stopped`);
  else await endAlone(parts, agent.id, ending);
  return ok(await parts.store.read((reader) => parts.agents.require(reader, agent.id)));
}

/** Ends every team; answers the roots. */
export async function stopEverything(parts: Parts, reason: string): Promise<readonly AgentRecord[]> {
  const roots = await parts.store.read((reader) => parts.agents.openRoots(reader));
  const stopped = await Promise.all(roots.map((root) => stopAgents(parts, root, reason, "subtree")));
  return stopped.flatMap((each) => (each.ok ? [each.value] : []));
}

const hasEnded = ({ name, status }: AgentRecord): Result<never> =>
  refuse("illegal_move", `${name} has ended already (${status}).`);

async function halt(parts: Parts, agentId: string, scope: Scope): Promise<readonly string[]> {
  if (scope === "subtree") return haltSubtree(parts, agentId, PATIENCE_MS);
  await parts.halt([agentId], PATIENCE_MS);
  return [agentId];
}

const membersOf = async (parts: Parts, agentId: string, scope: Scope, reader: Reader) =>
  scope === "subtree" ? parts.agents.subtree(reader, agentId) : [await parts.agents.require(reader, agentId)];
