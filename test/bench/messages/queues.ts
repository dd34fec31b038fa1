import { join } from "node:path";
import { createThreads } from "../../../src/engine/messages/threads.ts";
import type { Reader, Store, Transaction } from "../../../src/engine/store/port.ts";
import { type BenchResult, median, quantile } from "../report.ts";
import { openAsLeader } from "../store/opening.ts";
import { createScene, type Scene } from "./scene.ts";

const SIZES = [1_000, 10_000, 100_000] as const;
const CLAIMS = 200;
const SENDS = 400;
const READS = 100;
/** Messages that a transaction of the preparation sends. */
const LOT = 500;
/** How many are pending when the next one is the last that the limit lets in. */
const ALMOST_FULL = 999;
const THREADS = 1_000;
const THREAD_LENGTH = 10;
const PAGE = 100;

/** An agent for whom many messages wait, all of one thread. */
interface Queue {
  readonly size: number;
  readonly store: Store;
  readonly scene: Scene;
  readonly child: string;
  readonly thread: string;
}

async function openQueue(folder: string, size: number): Promise<Queue> {
  const store = await openAsLeader(folder);
  const scene = await createScene(store, 1);
  const [child = ""] = scene.children;
  const { threadId: thread } = await store.transaction((tx) => scene.send(tx, child));
  const queue = { size, store, scene, child, thread };
  await sendMany(queue, size - 1);
  return queue;
}

async function sendMany({ store, scene, child, thread }: Queue, count: number): Promise<void> {
  for (let left = count; left > 0; left -= LOT) {
    await store.transaction(async (tx) => {
      for (let sent = 0; sent < Math.min(left, LOT); sent++) await scene.send(tx, child, thread);
    });
  }
}

const lower = (id: string, value: number, unit: string, goal?: number): BenchResult => ({
  id,
  value,
  unit,
  better: "lower",
  ...(goal === undefined ? {} : { goal }),
});

const timesOf = (id: string, milliseconds: readonly number[]): readonly BenchResult[] => [
  lower(id, median(milliseconds), "ms"),
  lower(`${id}_p99`, quantile(milliseconds, 0.99), "ms"),
];

/** Milliseconds of what a transaction does, and of that until it is on disk. */
async function timed(store: Store, body: (tx: Transaction) => Promise<unknown>) {
  const start = performance.now();
  const work = await store.transaction(async (tx) => {
    const begun = performance.now();
    await body(tx);
    return performance.now() - begun;
  });
  return { work, durable: performance.now() - start };
}

type Times = Readonly<Record<"work" | "durable", number[]>>;

/** A turn takes what it can of the queue, is done with it, and as much is sent again. */
async function claimAndRefill({ store, scene, child, thread }: Queue, times: Times): Promise<void> {
  let claimed: readonly string[] = [];
  const { work, durable } = await timed(store, async (tx) => {
    claimed = await scene.claim(tx, child);
  });
  times.work.push(work);
  times.durable.push(durable);
  await store.transaction((tx) => scene.process(tx, child, claimed));
  await store.transaction(async (tx) => {
    for (const _ of claimed) await scene.send(tx, child, thread);
  });
}

async function claims(queues: readonly Queue[]): Promise<readonly BenchResult[]> {
  const measured = queues.map((queue): { queue: Queue; times: Times } => ({ queue, times: { work: [], durable: [] } }));
  for (let round = 0; round < CLAIMS; round++) {
    for (const { queue, times } of measured) await claimAndRefill(queue, times);
  }
  const growth = (of: keyof Times) => median(measured.at(-1)?.times[of] ?? []) / median(measured[0]?.times[of] ?? []);
  return [
    ...measured.flatMap(({ queue, times }) => timesOf(`claim_of_${queue.size}_pending`, times.work)),
    ...measured.flatMap(({ queue, times }) => timesOf(`durable_claim_of_${queue.size}_pending`, times.durable)),
    lower("claim_growth_1000_to_100000", growth("work"), "times", 1.5),
    lower("durable_claim_growth_1000_to_100000", growth("durable"), "times"),
  ];
}

async function sends(queues: readonly Queue[]): Promise<readonly BenchResult[]> {
  const measured = queues.map((queue): { queue: Queue; times: number[] } => ({ queue, times: [] }));
  for (let round = 0; round < SENDS; round++) {
    for (const { queue, times } of measured) {
      times.push((await timed(queue.store, (tx) => queue.scene.send(tx, queue.child, queue.thread))).work);
    }
  }
  return measured.flatMap(({ queue, times }) => timesOf(`send_to_${queue.size}_pending`, times));
}

/** With the usual limit, to an agent for whom none wait and to one for whom one more is the last that is let in. */
async function posts(folder: string): Promise<readonly BenchResult[]> {
  const queue = await openQueue(folder, ALMOST_FULL);
  const { store, scene, child, thread } = queue;
  const results: BenchResult[] = [];
  for (const size of [ALMOST_FULL, 0]) {
    const times: number[] = [];
    for (let round = 0; round < SENDS; round++) {
      let id = "";
      const { work } = await timed(store, async (tx) => {
        ({ id } = await scene.post(tx, child, thread));
      });
      times.push(work);
      await store.transaction((tx) => scene.process(tx, child, [id]));
    }
    results.push(...timesOf(`send_within_limit_to_${size}_pending`, times));
    while (size > 0 && (await takeAll(queue)) > 0);
  }
  await store.close();
  return results;
}

const takeAll = ({ store, scene, child }: Queue): Promise<number> =>
  store.transaction(async (tx) => {
    const claimed = await scene.claim(tx, child);
    await scene.process(tx, child, claimed);
    return claimed.length;
  });

async function reads(store: Store, body: (reader: Reader) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < READS; round++) {
    const start = performance.now();
    await store.read(body);
    times.push(performance.now() - start);
  }
  return times;
}

/** The newest messages of a long thread, and the list of many threads. */
async function pages(folder: string, queues: readonly Queue[]): Promise<readonly BenchResult[]> {
  const threads = createThreads();
  const results: BenchResult[] = [];
  for (const { size, store, thread } of queues) {
    const times = await reads(store, (reader) => threads.page(reader, { thread, limit: PAGE }));
    results.push(...timesOf(`page_of_${PAGE}_in_thread_of_${size}`, times));
  }
  const store = await openAsLeader(folder);
  const scene = await createScene(store, THREADS);
  for (const child of scene.children) {
    await store.transaction(async (tx) => {
      const { threadId } = await scene.send(tx, child);
      for (let sent = 1; sent < THREAD_LENGTH; sent++) await scene.send(tx, child, threadId);
    });
  }
  results.push(
    ...timesOf(`list_of_${THREADS}_threads`, await reads(store, (reader) => threads.threads(reader, { limit: PAGE }))),
  );
  await store.close();
  return results;
}

/** What grows with what waits, and what does not. */
export async function measureQueues(folder: string): Promise<readonly BenchResult[]> {
  const queues: Queue[] = [];
  for (const size of SIZES) queues.push(await openQueue(join(folder, `queue-${size}`), size));
  const results = [
    ...(await claims(queues)),
    ...(await sends(queues)),
    ...(await posts(join(folder, "limit"))),
    ...(await pages(join(folder, "threads"), queues)),
  ];
  for (const { store } of queues) await store.close();
  return results;
}
