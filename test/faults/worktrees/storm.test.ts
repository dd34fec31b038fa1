import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { someScene } from "./deeds.ts";
import { createStage, type Stage } from "./stage.ts";
import { emptyTally, play } from "./story.ts";

/** Set for a long campaign. */
const isLong = process.env.BANYAN_LONG === "1";
/** The first of the seeds, which count up from there. Where it is named, it alone is played, and made short where it fails. */
const FIRST_SEED = Number(process.env.BANYAN_SEED ?? 1);
const isNamed = process.env.BANYAN_SEED !== undefined && !isLong;
const SEQUENCES = isLong ? 500 : isNamed ? 1 : 5;
/** So long a failure is looked for a shorter one. */
const SHRINK_MS = 120_000;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.dispose());

test(`${SEQUENCES} sequences of deeds and crashes lose nothing, and leave the user's checkout alone`, {
  timeout: 7_200_000,
}, async () => {
  const tally = emptyTally();
  const failures: string[] = [];
  const began = systemClock.now();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEQUENCES; seed++) {
    // Each sequence is a first one, which fast-check would make small.
    const scene = fc.noBias(someScene({ least: 15, most: 40 }));
    const property = fc.asyncProperty(scene, (some) => play(stage, some, tally));
    const options = { seed, numRuns: 1, endOnFailure: !isNamed, interruptAfterTimeLimit: SHRINK_MS };
    const verdict = await fc.check(property, options);
    if (verdict.failed) failures.push(`${messageOf(verdict.errorInstance)}\n${again(seed)}`);
  }
  const seconds = Math.round((systemClock.now() - began) / 100) / 10;
  console.info(JSON.stringify({ firstSeed: FIRST_SEED, sequences: SEQUENCES, ...tally, seconds }));
  expect(failures).toEqual([]);
  if (isNamed) return;
  expect(tally.merges + tally.intoParents).toBeGreaterThan(SEQUENCES / 2);
  expect(tally.crashes + tally.torn).toBeGreaterThan(SEQUENCES);
});

const again = (seed: number): string => `BANYAN_SEED=${seed} node test/node.mjs vitest run test/faults/worktrees/storm`;
