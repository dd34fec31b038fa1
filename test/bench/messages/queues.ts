import { join } from "node:path";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
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
/** The most that a user can set. */
const HIGHEST_LIMIT = 1_000_000;
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

async function openQueue(folder: string, size: number, limit: number): Promise<Queue> {
  const store = await openAsLeader(folder);
  const scene = await createScene(store, 1, limit);
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
    ...measured.flatMap(({ queue, times }) => timesOf(`claim_time_${queue.size}`, times.work)),
    ...measured.flatMap(({ queue, times }) => timesOf(`durable_claim_time_${queue.size}`, times.durable)),
    lower("claim_growth_1000_to_100000", growth("work"), "times", 1.5),
    lower("durable_claim_growth_1000_to_100000", growth("durable"), "times"),
  ];
}

/** Milliseconds of each of many sendings, after which the queue is as long as before. */
async function timesOfSending(
  { store, scene, child, thread }: Queue,
  way: "send" | "post",
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < SENDS; round++) {
    let id = "";
    const { work } = await timed(store, async (tx) => {
      ({ id } = await scene[way](tx, child, thread));
    });
    times.push(work);
    await store.transaction(async (tx) => {
      await scene.deliver(tx, child, [id]);
      await scene.process(tx, child, [id]);
    });
  }
  return times;
}

async function sends(queues: readonly Queue[]): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const queue of queues) {
    results.push(...timesOf(`send_time_${queue.size}`, await timesOfSending(queue, "send")));
    const name = `send_time_${queue.size}_limit_${HIGHEST_LIMIT}`;
    results.push(...timesOf(name, await timesOfSending(queue, "post")));
  }
  return results;
}

/** With the limit that is usual, to an agent for whom none wait and to one for whom one more is the last that is let in. */
async function sendsWithinUsualLimit(folder: string): Promise<readonly BenchResult[]> {
  const { maxPending } = defaultMessageLimits;
  const queue = await openQueue(folder, maxPending - 1, maxPending);
  const name = (pending: number) => `send_time_${pending}_limit_${maxPending}`;
  const results = [...timesOf(name(queue.size), await timesOfSending(queue, "post"))];
  while ((await takeSome(queue)) > 0);
  results.push(...timesOf(name(0), await timesOfSending(queue, "post")));
  await queue.store.close();
  return results;
}

/** Answers how many were taken. */
const takeSome = ({ store, scene, child }: Queue): Promise<number> =>
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
    results.push(...timesOf(`page_time_${size}`, times));
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
    ...timesOf(`threads_time_${THREADS}`, await reads(store, (reader) => threads.threads(reader, { limit: PAGE }))),
  );
  await store.close();
  return results;
}

/** What grows with what is there, and what does not: an id ends in how many messages wait, or how long a thread is. */
export async function measureQueues(folder: string): Promise<readonly BenchResult[]> {
  const queues: Queue[] = [];
  for (const size of SIZES) queues.push(await openQueue(join(folder, `queue-${size}`), size, HIGHEST_LIMIT));
  const results = [
    ...(await claims(queues)),
    ...(await sends(queues)),
    ...(await sendsWithinUsualLimit(join(folder, "limit"))),
    ...(await pages(join(folder, "threads"), queues)),
  ];
  for (const { store } of queues) await store.close();
  return results;
}
