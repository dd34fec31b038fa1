/**
 * A process with a memory of some size that starts git through the helper. Writes one JSON object: milliseconds for which
 * the starts held its event loop up. Argument: megabytes of ballast.
 */
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/log.ts";
import type { ProgramStarter } from "../../../src/base/programs.ts";
import { directStarter } from "../../../src/engine/processes/direct.ts";
import { createHelperStarter } from "../../../src/engine/processes/helper.ts";
import { median } from "../report.ts";
import { starterScript } from "./scene.ts";

const WARM_UP = 30;
const ROUNDS = 7;
const STARTS = 50;

const [megabytes = "0"] = process.argv.slice(2);
const helper = createHelperStarter({ script: starterScript, clock: systemClock, log: silentLogger });
const ballast = Array.from({ length: Number(megabytes) }, () => Buffer.alloc(1024 * 1024, 1));
const program = { file: "git", args: ["--version"], cwd: "/", env: { PATH: process.env.PATH ?? "" } };

/** Milliseconds until the call returned, and until git had ended. */
function start(starter: ProgramStarter): Promise<{ readonly held: number; readonly whole: number }> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    starter.start(program, {
      started() {},
      stdout() {},
      stderr() {},
      exited() {},
      closed: () => resolve({ held, whole: performance.now() - begun }),
      failed: reject,
    });
    const held = performance.now() - begun;
  });
}

/** The longest of many; of some rounds the median, since any process may be put aside by the machine now and then. */
async function measure(starter: ProgramStarter) {
  const longest: number[] = [];
  const wholes: number[] = [];
  for (let index = 0; index < WARM_UP; index++) await start(starter);
  for (let round = 0; round < ROUNDS; round++) {
    let most = 0;
    for (let index = 0; index < STARTS; index++) {
      const { held, whole } = await start(starter);
      most = Math.max(most, held);
      wholes.push(whole);
    }
    longest.push(most);
  }
  return { held: median(longest), whole: median(wholes) };
}

const throughHelper = await measure(helper);
const resident = process.memoryUsage.rss() / 1024 ** 2;
const direct = await measure(directStarter);
process.stdout.write(JSON.stringify({ helper: throughHelper, direct, resident, ballast: ballast.length }));
await helper.dispose();
