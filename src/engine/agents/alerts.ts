import type { EngineEvent } from "../../protocol/events.ts";
import { type BudgetUnit, budgetUnits, isEnded } from "../../protocol/words.ts";
import type { Use } from "../budgets/budgets.ts";
import { percentsReached } from "../budgets/ledger.ts";
import { lastPositionIn } from "../store/eventLog.ts";
import type { Parts } from "./parts.ts";

/** What an agent and all below it have used, brought forward by events; the database is asked once for each agent. */
interface Watched {
  readonly parentId: string | null;
  readonly use: Map<BudgetUnit, Use>;
  /** Position of the last event that `use` holds. */
  readonly asOf: number;
}

/**
 * Tells when an agent and all below it have used a part of what it may spend, once for each allocation. No call touches
 * the row of an agent above: this follows the events instead. Events come one after the other, in order.
 */
export function createAlerts(parts: Parts) {
  const watched = new Map<string, Watched>();

  const load = async (agentId: string): Promise<Watched> => {
    const found = await parts.store.read(async (reader) => ({
      parentId: (await parts.agents.require(reader, agentId)).parentId,
      use: new Map((await parts.budgets.use(reader, agentId)).map((use) => [use.unit, use])),
      asOf: await lastPositionIn(reader),
    }));
    watched.set(agentId, found);
    return found;
  };

  const tell = async (agentId: string, reached: readonly { readonly use: Use; readonly percent: number }[]) => {
    try {
      await parts.store.transaction(async (tx) => {
        for (const { use, percent } of reached) await parts.budgets.noteAlert(tx, agentId, use, percent);
      });
    } catch (error) {
      // Loaded anew, it is told then.
      watched.delete(agentId);
      throw error;
    }
  };

  /** Answers the agent above. */
  const bringForward = async (agentId: string, seq: number, charged: ReadonlyMap<BudgetUnit, number>) => {
    const entry = watched.get(agentId) ?? (await load(agentId));
    const reached: { use: Use; percent: number }[] = [];
    for (const unit of budgetUnits) {
      const before = entry.use.get(unit);
      if (before === undefined) continue;
      const after = seq > entry.asOf ? { ...before, used: before.used + (charged.get(unit) ?? 0) } : before;
      entry.use.set(unit, after);
      // What is loaded may have passed a threshold before: that is told if it was not yet.
      const known = seq > entry.asOf ? percentsReached(before.used, before.allocated, parts.limits.alertsAt) : [];
      const now = percentsReached(after.used, after.allocated, parts.limits.alertsAt);
      for (const percent of now.filter((each) => !known.includes(each))) reached.push({ use: after, percent });
    }
    if (reached.length > 0) await tell(agentId, reached);
    return entry.parentId;
  };

  const hear = async (event: EngineEvent): Promise<void> => {
    switch (event.type) {
      case "turn.replied": {
        const charged = new Map<BudgetUnit, number>([
          ["usd", event.costUsd ?? 0],
          ["tokens", event.tokens],
        ]);
        for (let agentId: string | null = event.agentId; agentId !== null; ) {
          agentId = await bringForward(agentId, event.seq, charged);
        }
        break;
      }
      case "budget.raised":
        // Those above may have been raised with it.
        watched.clear();
        break;
      case "agent.handed_over":
        watched.delete(event.agentId);
        watched.delete(event.from);
        break;
      case "agent.moved":
        if (isEnded(event.to)) watched.delete(event.agentId);
        break;
      default:
    }
  };

  let last: Promise<void> = Promise.resolve();
  let closed = false;
  const listening = parts.store.onEvent((event) => {
    if (!isFollowed(event)) return;
    last = last
      .then(() => (closed ? undefined : hear(event)))
      .catch((error: unknown) => parts.log.error("alerts of budgets could not be told", error));
  });

  return {
    /** Hears nothing more; resolves when what it heard is told. */
    async stop(): Promise<void> {
      listening.dispose();
      closed = true;
      await last;
    },
  };
}

const isFollowed = ({ type }: EngineEvent): boolean =>
  type === "turn.replied" || type === "budget.raised" || type === "agent.handed_over" || type === "agent.moved";
