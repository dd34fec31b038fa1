import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { someScene } from "./deeds.ts";
import { createStage, type Stage } from "./stage.ts";
import { emptyTally, play } from "./story.ts";

/** Set for a long campaign. */
const isLong = process.env.BANYAN_LONG === "1";
/** The first of the seeds, which count up from there. Where it is named, it alone is played. */
const FIRST_SEED = Number(process.env.BANYAN_SEED ?? 1);
const SEQUENCES = isLong ? Number(process.env.BANYAN_SEQUENCES ?? 500) : process.env.BANYAN_SEED === undefined ? 8 : 1;
/** So long a failure is looked for a shorter one. */
const SHRINK_MS = isLong ? 240_000 : 60_000;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.dispose());

test(`${SEQUENCES} sequences of deeds and crashes lose nothing, and leave the user's checkout alone`, {
  timeout: 7_200_000,
}, async () => {
  const tally = emptyTally();
  const began = systemClock.now();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEQUENCES; seed++) {
    // Each sequence is a first one, which fast-check would make small.
    const scene = fc.noBias(someScene({ least: 15, most: 40 }));
    const property = fc.asyncProperty(scene, (some) => play(stage, some, tally));
    const options = {
      seed,
      numRuns: 1,
      endOnFailure: process.env.BANYAN_FAST === "1",
      interruptAfterTimeLimit: SHRINK_MS,
    };
    await fc.assert(property, options).catch((error: unknown) => fail(seed, error));
  }
  const seconds = Math.round((systemClock.now() - began) / 100) / 10;
  console.info(JSON.stringify({ firstSeed: FIRST_SEED, sequences: SEQUENCES, ...tally, seconds }));
  expect(tally.merges + tally.intoParents).toBeGreaterThan(SEQUENCES / 2);
  expect(tally.crashes + tally.torn).toBeGreaterThan(SEQUENCES);
});

/** With the seed that plays it again. */
function fail(seed: number, cause: unknown): never {
  const again = `BANYAN_SEED=${seed} node test/node.mjs vitest run test/faults/worktrees/storm`;
  throw new Error(`${messageOf(cause)}\n${again}`, { cause });
}
