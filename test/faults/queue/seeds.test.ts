import { createHash } from "node:crypto";
import { beforeAll, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { FaultDisk } from "../../support/faultDisk.ts";
import { createOpener } from "../store/opener.ts";
import { check, flawless } from "./checker.ts";
import { play, type Stage } from "./play.ts";
import { emptyTally } from "./scene.ts";

/** Set for a long campaign. */
const isLong = process.env.BANYAN_LONG === "1";
/** The first of the seeds, which count up from there. Where it is named, it alone is played. */
const FIRST_SEED = Number(process.env.BANYAN_SEED ?? 1);
const SEEDS = isLong ? 2_000 : process.env.BANYAN_SEED === undefined ? 120 : 1;

let stage: Stage;

beforeAll(async () => {
  const open = await createOpener();
  const empty = new FaultDisk();
  await (await open(empty)).close();
  stage = { open, empty };
  // A store that was busy for long lets others have their turn: what is long must not decide how a seed plays.
  vi.spyOn(performance, "now").mockReturnValue(0);
});

test(`histories of ${SEEDS} seeds lose nothing, bring nothing twice and keep their order`, {
  timeout: 1_800_000,
}, async () => {
  const tally = emptyTally();
  const began = systemClock.now();
  const histories = createHash("sha256");
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const again = `BANYAN_SEED=${seed} node test/node.mjs vitest run test/faults/queue/seeds`;
    const history = await play(seed, stage, tally).catch((error: unknown) => fail(again, error));
    histories.update(JSON.stringify(history));
    const verdict = check(history);
    expect({ again, ...verdict }).toEqual({ again, ...flawless });
  }
  const seconds = Math.round((systemClock.now() - began) / 100) / 10;
  const digest = histories.digest("hex").slice(0, 8);
  console.info(JSON.stringify({ firstSeed: FIRST_SEED, seeds: SEEDS, ...tally, seconds, digest }));
});

/** Nothing may throw; where something does, the seed is told. */
function fail(again: string, cause: unknown): never {
  throw new Error(`${messageOf(cause)}: ${again}`, { cause });
}

test("a seed plays the same history again", async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + 5; seed++) {
    const [one, other] = [await play(seed, stage, emptyTally()), await play(seed, stage, emptyTally())];
    expect(other).toEqual(one);
  }
});
