import { join } from "node:path";
import type { BenchResult } from "../report.ts";
import { openNodeSqlite } from "../store/nodeSqlite.ts";
import { migrations, openAsLeader } from "../store/opening.ts";
import { comparison, type Rates, throughput } from "../throughput.ts";
import { createScene, type Scene, type Writable } from "./scene.ts";

/** Many and short: other work on the disk meets both sides alike. */
const ROUNDS = 15;
const SLICE_MS = 300;
const MOST_IN_FLIGHT = 32;

/** Each worker is an agent that is told something, takes it into its turn and is done with it: three durable transactions. */
async function createLives(store: Writable) {
  const scene = await createScene(store, MOST_IN_FLIGHT);
  const threads = await store.transaction(async (tx) => {
    const begun: string[] = [];
    for (const child of scene.children) {
      begun.push((await scene.post(tx, child)).threadId);
      await scene.process(tx, child, await scene.claim(tx, child));
    }
    return begun;
  });
  return (worker: number) => live(scene, worker, threads[worker]);
}

async function live({ store, children, post, claim, process }: Scene, worker: number, thread: string | undefined) {
  const child = children[worker];
  if (child === undefined) throw new Error(`there is no child ${worker}`);
  await store.transaction((tx) => post(tx, child, thread));
  const claimed = await store.transaction((tx) => claim(tx, child));
  if (claimed.length !== 1) throw new Error(`${claimed.length} messages were claimed where 1 was sent`);
  await store.transaction((tx) => process(tx, child, claimed));
}

/** Both stores in turn, on the same disk, each with a database of its own that grows. */
export async function compareLives(folder: string): Promise<readonly BenchResult[]> {
  const ours = await openAsLeader(join(folder, "ours"));
  const peer = openNodeSqlite(folder, migrations);
  const lives = { ours: await createLives(ours), peer: await createLives(peer) };
  const results: BenchResult[] = [];
  for (const [inFlight, goal] of [
    [1, undefined],
    [MOST_IN_FLIGHT, 2.5],
  ] as const) {
    const rates: Rates[] = [];
    for (let round = 0; round < ROUNDS + 1; round++) {
      const mine = await throughput(inFlight, SLICE_MS, lives.ours);
      const theirs = await throughput(inFlight, SLICE_MS, lives.peer);
      // The first one warms up.
      if (round > 0) rates.push({ ours: mine, peer: theirs });
    }
    results.push(...comparison(inFlight, "lives/s", rates, goal));
  }
  await ours.close();
  await peer.close();
  return results;
}
