import { dayOf } from "../budgets/calendar.ts";
import { forgetSettled } from "../messages/retention.ts";
import { endAlone } from "./ending.ts";
import { findOrphans } from "./keepingCommands.ts";
import { tellOfDead } from "./messaging.ts";
import type { Parts } from "./parts.ts";

/** What happens to agents because time passes. */

/** Milliseconds between two looks, at the most. */
const LONGEST_LOOK_MS = 30_000;
/** Milliseconds between two sweeps of old messages. */
const SWEEP_MS = 3_600_000;
/** Milliseconds between two clean-ups of what removed worktrees held. */
const CLEAN_UP_MS = 24 * 3_600_000;
/** Looks that fit into the time that an agent may be at work, where that is short. */
const LOOKS = 20;

/** Looks after agents until the signal aborts, then resolves: whatever is due has been done by then. */
export async function keepTime(parts: Parts, signal: AbortSignal): Promise<void> {
  const { clock, limits, log } = parts;
  const pause = Math.min(LONGEST_LOOK_MS, Math.ceil(limits.maxWorkMs / LOOKS));
  let sweepAt = clock.now();
  const begunAt = clock.now();
  let cleanUpAt = begunAt;
  for (let day = dayOf(clock.now()); ; ) {
    const over = await clock.sleep(pause, signal).then(
      () => false,
      () => true,
    );
    if (over) return;
    try {
      await endOverdue(parts);
      await reclaimLeases(parts);
      if (clock.now() >= sweepAt) {
        await forgetOldMessages(parts);
        sweepAt = clock.now() + SWEEP_MS;
      }
      if (clock.now() >= cleanUpAt) {
        if (cleanUpAt === begunAt) await tellOfOrphans(parts);
        cleanUpAt = clock.now() + CLEAN_UP_MS;
        await parts.worktrees.sweep();
      }
      const today = dayOf(clock.now());
      if (today !== day) await wakeForBudget(parts);
      day = today;
    } catch (error) {
      log.error("agents could not be looked after", error);
    }
  }
}

/** A delivery whose turn is gone is a delivery that failed. */
async function reclaimLeases(parts: Parts): Promise<void> {
  await parts.store.transaction(async (tx) => {
    const alive = (await parts.turns.calling(tx)).map(({ id }) => id);
    await tellOfDead(parts, tx, await parts.inbox.reclaim(tx, alive));
  });
}

/** Forgets what was settled long ago, a few at a time, so that nothing else waits for it. */
async function forgetOldMessages({ store, clock, messageLimits }: Parts): Promise<void> {
  const { keepMs } = messageLimits;
  if (keepMs === null) return;
  for (let more = true; more; ) {
    ({ more } = await store.transaction((tx) => forgetSettled(tx, clock.now() - keepMs)));
  }
}

async function endOverdue(parts: Parts): Promise<void> {
  const { store, agents, limits } = parts;
  for (const { id } of await store.read((reader) => agents.atWorkFor(reader, limits.maxWorkMs))) {
    const reason = `It passed its limit of ${describeMs(limits.maxWorkMs)} at work.`;
    await endAlone(parts, id, { as: "failed", reason, summary: `Failed: ${reason}` });
  }
}

/** What was left where no agent knows of it is nobody's loss as long as somebody is told. */
async function tellOfOrphans(parts: Parts): Promise<void> {
  const orphans = await findOrphans(parts);
  if (orphans.length === 0) return;
  const names = orphans.slice(0, 5).map(({ name }) => name);
  const more = orphans.length > names.length ? ` and ${orphans.length - names.length} more` : "";
  parts.log.warn("There are worktrees or snapshots that no agent has: see banyan worktrees", {
    names: names.join(", ") + more,
  });
}

/** A new day has a cap of its own. */
async function wakeForBudget(parts: Parts): Promise<void> {
  for (const { id, rootId } of await parts.store.read((reader) => parts.agents.waitingForBudget(reader))) {
    parts.wake(id, rootId);
  }
}

function describeMs(ms: number): string {
  const units = [
    { name: "h", ms: 3_600_000 },
    { name: "min", ms: 60_000 },
    { name: "s", ms: 1000 },
  ];
  const unit = units.find((each) => ms >= each.ms) ?? { name: "ms", ms: 1 };
  return `${Math.round((ms / unit.ms) * 10) / 10} ${unit.name}`;
}
