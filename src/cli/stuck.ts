import type { Clock } from "../base/clock.ts";
import type { JoinedEngine } from "../engine/join/join.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import { isEnded, userWaits } from "../protocol/words.ts";

/**
 * Whole teams that can't go on without the user: those of their agents that keep them. Empty where a team gets on by
 * itself, or has ended. `stirred`: agents for which something came up that their rows don't show yet.
 */
export function stuckIn(rows: readonly AgentTreeRow[], stirred: ReadonlySet<string>): readonly AgentTreeRow[] {
  const open = rows.filter(({ status }) => !isEnded(status));
  const parents = new Set(open.map(({ parentId }) => parentId));
  const rests = (row: AgentTreeRow) => !stirred.has(row.id) && isAtRest(row, parents.has(row.id));
  if (!open.every(rests)) return [];
  const kept = open.filter(needsUser);
  return kept.length > 0 ? kept : open.filter(({ waitingFor }) => waitingFor === "message");
}

/** Whether an agent stays as it is, as long as nothing happens to others. */
function isAtRest({ status, waitingFor, waitsUntil, figures }: AgentTreeRow, hasOpenChildren: boolean): boolean {
  if (status === "paused") return true;
  if (status !== "waiting" || waitsUntil !== null) return false;
  if (waitingFor === "child") return hasOpenChildren;
  return waitingFor !== "message" || figures.pendingMessages === 0;
}

const needsUser = ({ status, waitingFor }: AgentTreeRow): boolean =>
  status === "paused" || userWaits.some((reason) => reason === waitingFor);

export interface StuckWatch {
  /** Resolves when the teams of these agents can't go on without the user; rejects with the signal's reason. */
  untilStuck(agentIds: readonly string[], signal: AbortSignal): Promise<readonly AgentTreeRow[]>;
  dispose(): void;
}

/** Between two looks that must agree; and how soon after something happened the first one comes. */
const SETTLED_MS = 250;

/**
 * Watches for teams that are stuck. To be made before the engine is started: a leader that starts looks again at every
 * agent that waits for budget, and nothing shows that until it has.
 */
export async function createStuckWatch(engine: JoinedEngine, clock: Clock): Promise<StuckWatch> {
  const retried = new Set<string>();
  let ring = () => {};
  const listening = [
    engine.onEvent((event) => {
      if (event.type === "budget.raised") retried.add(event.agentId);
      if (event.type === "agent.moved") retried.delete(event.agentId);
      ring();
    }),
    engine.onDidChangeRole(() => ring()),
  ];
  if (engine.role.kind === "leader") {
    for (const { id, waitingFor } of await engine.agents.tree()) if (waitingFor === "budget") retried.add(id);
  }

  const look = async (agentIds: readonly string[]): Promise<readonly AgentTreeRow[]> => {
    const rows = (await Promise.all(agentIds.map((id) => engine.agents.tree(id)))).flat();
    // A raise wakes those alone that wait for it.
    const stirred = new Set(
      rows.filter((row) => row.waitingFor === "budget" && retried.has(row.id)).map(({ id }) => id),
    );
    const stuck = stuckIn(rows, stirred);
    if (stuck.length === 0) return [];
    const asked = rows.filter(({ waitingFor, figures }) => waitingFor === "child" && figures.pendingMessages > 0);
    for (const { id } of asked) if (await isCalled(engine, id)) return [];
    return stuck;
  };

  return {
    async untilStuck(agentIds, signal) {
      const stop = () => ring();
      signal.addEventListener("abort", stop);
      try {
        for (;;) {
          const rung = new Promise<void>((resolve) => (ring = resolve));
          signal.throwIfAborted();
          if ((await look(agentIds)).length > 0) {
            await clock.sleep(SETTLED_MS, signal);
            const stuck = await look(agentIds);
            if (stuck.length > 0) return stuck;
          }
          await rung;
          await clock.sleep(SETTLED_MS, signal);
        }
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    dispose() {
      for (const each of listening) each.dispose();
    },
  };
}

/** Whether something urgent, or a question, lies in an agent's inbox: that wakes it while it waits for its children too. */
async function isCalled(engine: JoinedEngine, agentId: string): Promise<boolean> {
  const messages = await engine.messages.list(agentId);
  if (!messages.ok) return false;
  return messages.value.some(
    ({ recipientId, status, priority, kind }) =>
      recipientId === agentId && status === "pending" && (priority === "urgent" || kind === "question"),
  );
}
