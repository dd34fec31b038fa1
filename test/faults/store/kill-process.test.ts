import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { z } from "zod";
import { silentLogger } from "../../../src/base/log.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import type { Reader } from "../../../src/engine/store/port.ts";
import { openStore } from "../../../src/engine/store/store.ts";
import { createFakeClock } from "../../support/clock.ts";
import { createRandom } from "../../support/random.ts";
import { assets, expectOk, temporaryFolder } from "../../support/store.ts";
import { stepsOf, wrongBalances } from "./lives.ts";

const ROUNDS = process.env.BANYAN_LONG === "1" ? 200 : 10;
const SEED = Number(process.env.BANYAN_SEED ?? 20_261_122);
/** Acknowledged transactions after which a process is killed, at the most: many come soon, some have time for images. */
const MOST = 4000;

/** Kills a writer once it has said so many lines. Answers the last step that each agent was promised. */
async function writeUntilKilled(folder: string, round: number, lines: number): Promise<ReadonlyMap<string, number>> {
  const script = resolve("test/faults/store/killed-writer.ts");
  const child = spawn(process.execPath, [script, folder, String(round)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<NodeJS.Signals | null>((done, fail) => {
    child.on("error", fail);
    child.on("close", (_, signal) => done(signal));
  });
  const promised = new Map<string, number>();
  let said = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [id = "", step] = line.split(" ");
    if (step !== undefined) promised.set(id, Number(step));
    said += 1;
    if (said === lines) child.kill("SIGKILL");
  }
  expect(await ended).toBe("SIGKILL");
  return promised;
}

async function readStore<T>(folder: string, body: (reader: Reader) => Promise<T>): Promise<T> {
  const { wasm, migrations } = assets;
  const parts = { folder, wasm, migrations, disk: realDisk, clock: createFakeClock(), log: silentLogger };
  const store = expectOk(await openStore({ ...parts, writer: null }));
  const found = await store.read(body);
  await store.close();
  return found;
}

const anyRow = z.record(z.string(), z.unknown());
const look = async (reader: Reader) => ({
  steps: await stepsOf(reader),
  wrong: await wrongBalances(reader),
  integrity: await reader.all(anyRow, "PRAGMA integrity_check"),
  orphans: await reader.all(anyRow, "PRAGMA foreign_key_check"),
});

test(`${ROUNDS} processes, each killed at work on one store, lose nothing that was promised`, {
  timeout: 1_800_000,
}, async () => {
  const folder = join(await temporaryFolder(), "banyan");
  const random = createRandom(SEED);
  const known = new Map<string, number>();
  let acknowledged = 0;
  let unfinishedImages = 0;
  const images = new Set<string>();
  for (let round = 1; round <= ROUNDS; round++) {
    // The first one makes the store. Of the others every tenth is killed while it opens it.
    const lines = round > 1 && round % 10 === 0 ? 1 : 2 + Math.floor(random() ** 3 * MOST);
    const promised = await writeUntilKilled(folder, round, lines);
    const { steps, wrong, integrity, orphans } = await readStore(folder, look);
    const lost = [...promised, ...known].filter(([id, step]) => (steps.get(id) ?? 0) < step);
    const changed = [...known].filter(([id, step]) => steps.get(id) !== step);
    expect({ round, lost, changed, wrong, orphans }).toEqual({ round, lost: [], changed: [], wrong: [], orphans: [] });
    expect(integrity).toEqual([{ integrity_check: "ok" }]);
    for (const [id, step] of steps) known.set(id, step);
    acknowledged += [...promised.values()].reduce((sum, step) => sum + step, 0);
    const files = await readdir(folder);
    if (files.some((name) => name.endsWith(".sqlite.new"))) unfinishedImages += 1;
    for (const name of files) if (name.endsWith(".sqlite")) images.add(name);
  }
  const lead = z.object({ epoch: z.int() }).parse(JSON.parse(await readFile(join(folder, "leader.json"), "utf8")));
  expect(lead.epoch).toBeGreaterThan(ROUNDS / 2);
  const told = {
    seed: SEED,
    acknowledged,
    agents: known.size,
    images: images.size,
    unfinishedImages,
    epoch: lead.epoch,
  };
  console.info(JSON.stringify(told));
});
