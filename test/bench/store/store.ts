import { mkdtemp, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { imageName, listFiles } from "../../../src/engine/store/files.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import { fsyncTime } from "../fsync.ts";
import { type BenchReport, type BenchResult, machine, median } from "../report.ts";
import { comparison, type Rates, throughput } from "../throughput.ts";
import { versions } from "../versions.ts";
import { openNodeSqlite } from "./nodeSqlite.ts";
import { migrations, openAsLeader } from "./opening.ts";
import { scale } from "./scale.ts";
import { createTransactions } from "./transactions.ts";

type Writable = Pick<Store, "transaction" | "close">;

const ROUNDS = 7;
const SLICE_MS = 600;

/** Both stores in turn, on the same disk, each with its own growing database. */
async function compare(folder: string): Promise<readonly BenchResult[]> {
  const ours = { store: await openAsLeader(join(folder, "ours")), transactions: createTransactions() };
  const peer = { store: openNodeSqlite(folder, migrations), transactions: createTransactions() };
  for (const side of [ours, peer]) await side.transactions.prepare(side.store);
  const results: BenchResult[] = [];
  const delays: number[] = [];
  for (const [inFlight, goal] of [
    [1, 0.9],
    [32, 2.5],
  ] as const) {
    const rates: Rates[] = [];
    for (let round = 0; round < ROUNDS + 1; round++) {
      const rate = (side: { store: Writable; transactions: typeof ours.transactions }) =>
        throughput(inFlight, SLICE_MS, () => side.store.transaction(side.transactions.next()));
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const mine = await rate(ours);
      delay.disable();
      const theirs = await rate(peer);
      if (round === 0) continue;
      rates.push({ ours: mine, peer: theirs });
      delays.push(delay.percentile(99) / 1e6);
    }
    results.push(...comparison(inFlight, "transactions/s", rates, goal));
  }
  results.push({
    id: "event_loop_delay_p99",
    value: median(delays),
    unit: "ms",
    goal: 20,
    better: "lower",
  });
  await ours.store.close();
  await peer.store.close();
  return results;
}

const RECORDS = 100_000;

/** Of a store at work whose journal is long enough for an image to be made: milliseconds. */
async function delayWhileCompacting(folder: string, next: () => Parameters<Store["transaction"]>[0]) {
  const store = await openAsLeader(folder);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await throughput(32, 4 * SLICE_MS, () => store.transaction(next()));
  delay.disable();
  await store.close();
  return { p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 };
}

/** How long a store opens whose journal holds so many records, and how it compacts them. */
async function startUp(folder: string): Promise<readonly BenchResult[]> {
  const never = { records: 1e9, bytes: 1e12 };
  const store = await openAsLeader(folder, never);
  const transactions = createTransactions();
  await transactions.prepare(store);
  for (let done = 0; done < RECORDS; done += 500) {
    await Promise.all(Array.from({ length: 500 }, () => store.transaction(transactions.next())));
  }
  await store.close();
  const start = performance.now();
  const again = await openAsLeader(folder, never);
  const elapsed = performance.now() - start;
  await again.close();
  const delay = await delayWhileCompacting(folder, transactions.next);
  const { images } = await listFiles(realDisk, folder);
  const { size } = await stat(join(folder, imageName(images.at(-1) ?? 0)));
  return [
    { id: "start_with_100000_records", value: elapsed, unit: "ms", better: "lower" },
    { id: "database_of_those", value: size / 1e6, unit: "MB", better: "lower" },
    { id: "event_loop_delay_p99_while_compacting", value: delay.p99, unit: "ms", goal: 20, better: "lower" },
    { id: "event_loop_delay_longest_while_compacting", value: delay.longest, unit: "ms", goal: 20, better: "lower" },
  ];
}

export async function benchStore(): Promise<BenchReport> {
  const folder = await mkdtemp(resolve(".bench-"));
  try {
    const results = [
      await fsyncTime(folder),
      ...(await compare(folder)),
      ...(await startUp(join(folder, "start"))),
      ...(await scale(join(folder, "scale"))),
    ];
    return {
      bench: "store",
      machine: machine(),
      versions: await versions(),
      results,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
