import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Store } from "../../../src/engine/store/port.ts";
import { FaultDisk } from "../../support/faultDisk.ts";
import { createOpener } from "../store/opener.ts";
import { type Action, action } from "./actions.ts";
import { Bank, emptyTally, type Tally } from "./bank.ts";
import { found, hireBelow, recover } from "./deeds.ts";
import { depthOf, type Limits, type Sums } from "./model.ts";
import { createTasks } from "./tasks.ts";

/** Set for a long campaign. */
const long = process.env.BANYAN_LONG === "1";
const { seeds, operations } = long ? { seeds: 1_000, operations: 100_000 } : { seeds: 100, operations: 10_000 };
/** The first of the seeds, which count up from there. */
const FIRST_SEED = Number(process.env.BANYAN_SEED ?? 1);
const TASKS = 8;
const MOST_ACTIONS = 40;

interface Case {
  readonly root: Sums;
  readonly caps: Pick<Limits, "perDayUsd" | "perMonthUsd">;
  /** Every so many times a task waits to be let on, and others may come first; else it goes on at once. */
  readonly waits: number;
  readonly tasks: readonly (readonly Action[])[];
}

const cap = fc.option(fc.integer({ min: 1_000, max: 20_000_000 }), { freq: 2 });

/** Amounts of all sizes: with few steps in between, at the end of 32 bits, at the end of what a number counts exactly. */
const someCase: fc.Arbitrary<Case> = fc.record({
  root: fc.record({
    usd: fc.constantFrom(3_000_000, 1_000, 2 ** 31 + 7, 2 ** 50),
    tokens: fc.constantFrom(5_000_000, 100, 2 ** 31 - 1, Number.MAX_SAFE_INTEGER),
  }),
  caps: fc.record({ perDayUsd: cap, perMonthUsd: cap }),
  waits: fc.integer({ min: 1, max: 6 }),
  tasks: fc.array(fc.array(action, { maxLength: MOST_ACTIONS, size: "max" }), {
    minLength: TASKS,
    maxLength: TASKS,
  }),
});

let open: (disk: FaultDisk) => Promise<Store>;
let empty: FaultDisk;

beforeAll(async () => {
  open = await createOpener();
  empty = new FaultDisk();
  await (await open(empty)).close();
});

async function play({ root, caps, waits, tasks }: Case, scheduler: fc.Scheduler, tally: Tally): Promise<void> {
  const limits = { maxDepth: 5, maxChildren: 6, ...caps };
  const atOnce = async (): Promise<void> => {};
  let pause: (label: string) => Promise<void> = atOnce;
  const options = { disk: empty.restarted(), open, limits, tally, recover };
  const bank = await Bank.open({ ...options, pause: (label) => pause(label) });
  await bank.perform(found(limits, "rootrootro", root));
  await bank.perform(found(limits, "otherother", { usd: 1_000_000, tokens: 1_000_000 }));
  let lowest = "rootrootro";
  for (let depth = 1; depth <= limits.maxDepth; depth++) {
    const share = { usd: Math.floor(root.usd / 2 ** depth), tokens: Math.floor(root.tokens / 2 ** depth) };
    await bank.perform(hireBelow(limits, lowest, share, `chain-${depth}`, async () => {}));
    lowest = [...bank.model.members.keys()].at(-1) ?? lowest;
  }
  let pauses = 0;
  pause = (label) => (++pauses % waits === 0 ? scheduler.schedule(Promise.resolve(), label) : atOnce());
  const perform = createTasks(bank, (label) => pause(label));
  const work = tasks.map(async (actions) => {
    for (const each of actions) await perform(each);
  });
  await scheduler.waitFor(Promise.all(work));
  pause = atOnce;
  await bank.close();
  for (const id of bank.model.members.keys()) tally.deepest = Math.max(tally.deepest, depthOf(bank.model, id));
}

test(`${operations} operations of ${TASKS} tasks at once break no law, whatever fails`, {
  timeout: 1_800_000,
}, async () => {
  const total = emptyTally();
  const began = performance.now();
  let played = 0;
  for (; played < seeds || total.operations < operations; played++) {
    const tally = emptyTally();
    const property = fc.asyncProperty(someCase, fc.scheduler(), (some, scheduler) => play(some, scheduler, tally));
    await fc.assert(property, { seed: FIRST_SEED + played, numRuns: 1 });
    for (const key of tallyKeys) total[key] = isPeak(key) ? Math.max(total[key], tally[key]) : total[key] + tally[key];
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  console.info(JSON.stringify({ firstSeed: FIRST_SEED, seeds: played, ...total, seconds }));
  expect(total).toMatchObject({ deepest: 5 });
  expect(total.refused).toBeGreaterThan(operations / 20);
  expect(total.kills).toBeGreaterThan(seeds / 4);
  expect(total.diskRefusals).toBeGreaterThan(seeds / 10);
});

const tallyKeys = [
  "operations",
  "done",
  "refused",
  "brokenOff",
  "lost",
  "kills",
  "diskRefusals",
  "deepest",
  "abreast",
] as const;
const isPeak = (key: keyof Tally): boolean => key === "deepest" || key === "abreast";
