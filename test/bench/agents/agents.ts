import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import type { z } from "zod";
import { type BenchReport, type BenchResult, machine, median } from "../report.ts";
import { type Cost, costSchema, memorySchema } from "./cost.ts";
import type { Work } from "./scripts.ts";

/** Runs a measurement in a process of its own, in a new folder, and takes the folder away. */
async function measure<T>(schema: z.ZodType<T>, what: string, folder: string, kind: string, agents: number) {
  const script = resolve("test/bench/agents/measure.ts");
  const args = ["--expose-gc", script, what, folder, kind, String(agents)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return schema.parse(JSON.parse(stdout));
}

const SIZES = [1, 10, 100, 1_000, 10_000] as const;
/** Agents whose run is compared with the bare stores, and in how many rounds. */
const COMPARED = 50;
const ROUNDS = 5;

const perTurn = ({ count }: Cost, milliseconds: number): number => milliseconds / count;
const lower = (id: string, value: number, unit: string, goal?: number): BenchResult => ({
  id,
  value,
  unit,
  better: "lower",
  ...(goal === undefined ? {} : { goal }),
});

/** What the engine's thread did; where it only waited for the disk, that is the disk's time. */
const engineTime = ({ active, flushing }: Cost): number => active - flushing;

/** Of one run with so many agents. */
function resultsOf(cost: Cost, agents: number): readonly BenchResult[] {
  const of = (name: string) => `${name}_${agents}`;
  return [
    { id: of("turns_per_second"), value: (cost.count * 1000) / cost.elapsed, unit: "turns/s", better: "higher" },
    lower(of("engine_time_per_turn"), perTurn(cost, engineTime(cost)), "ms", 2),
    lower(of("engine_time_with_flushes_per_turn"), perTurn(cost, cost.active), "ms"),
    lower(of("engine_cpu_per_turn"), perTurn(cost, cost.thread), "ms"),
    lower(of("process_cpu_per_turn"), perTurn(cost, cost.process), "ms"),
    lower(of("event_loop_delay_p99"), cost.delayP99, "ms", agents <= 1_000 ? 20 : undefined),
    lower(of("event_loop_delay_longest"), cost.longestDelay, "ms"),
  ];
}

/** The same changes by the engine and, with nothing around them, by its own store and by Node's SQLite, in turn. */
async function compare(folder: string): Promise<readonly BenchResult[]> {
  const rounds: { readonly engine: Cost; readonly store: Cost; readonly sqlite: Cost }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const place = join(folder, `round-${round}`);
    rounds.push({
      engine: await measure(costSchema, "work", place, "working", COMPARED),
      store: await measure(costSchema, "replay", place, "store", COMPARED),
      sqlite: await measure(costSchema, "replay", place, "node_sqlite", COMPARED),
    });
    await rm(place, { recursive: true });
    await rm(`${place}-warm-up`, { recursive: true });
  }
  const of = (figure: (round: (typeof rounds)[number]) => number) => median(rounds.map(figure));
  const turns = (round: (typeof rounds)[number]) => round.engine.count;
  return [
    lower(
      "transactions_per_turn",
      of((round) => round.store.count / turns(round)),
      "transactions",
    ),
    lower(
      "compared_engine_time_per_turn",
      of(({ engine }) => engine.active / engine.count),
      "ms",
    ),
    lower(
      "bare_store_time_per_turn",
      of((round) => round.store.active / turns(round)),
      "ms",
    ),
    lower(
      "node_sqlite_time_per_turn",
      of((round) => round.sqlite.active / turns(round)),
      "ms",
    ),
    lower(
      "ratio_to_bare_store",
      of(({ engine, store }) => engine.active / store.active),
      "times",
    ),
    lower(
      "ratio_to_node_sqlite",
      of(({ engine, sqlite }) => engine.active / sqlite.active),
      "times",
    ),
    lower(
      "ratio_to_bare_store_cpu",
      of(({ engine, store }) => engine.thread / store.thread),
      "times",
    ),
    lower(
      "ratio_to_node_sqlite_cpu",
      of(({ engine, sqlite }) => engine.thread / sqlite.thread),
      "times",
    ),
  ];
}

/** Kilobytes an agent takes, from the smallest number on at which a process's own noise is small. */
async function memory(folder: string): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const agents of SIZES.filter((size) => size >= 100)) {
    for (const [kind, goal] of [
      ["idle", 50],
      ["running", undefined],
    ] as const) {
      const { held, resident } = await inPlace(folder, (place) => measure(memorySchema, "memory", place, kind, agents));
      results.push(lower(`memory_per_${kind}_agent_${agents}`, held / 1000, "KB", goal));
      results.push(lower(`resident_memory_per_${kind}_agent_${agents}`, resident / 1000, "KB"));
    }
  }
  return results;
}

async function inPlace<T>(folder: string, work: (place: string) => Promise<T>): Promise<T> {
  const place = join(folder, "agents");
  try {
    return await work(place);
  } finally {
    await rm(place, { recursive: true, force: true });
    await rm(`${place}-warm-up`, { recursive: true, force: true });
  }
}

const run = (folder: string, work: Work, agents: number): Promise<Cost> =>
  inPlace(folder, (place) => measure(costSchema, "work", place, work, agents));

export async function benchAgents(): Promise<BenchReport> {
  const folder = await mkdtemp(resolve(".bench-"));
  try {
    const results: BenchResult[] = [];
    const costs = new Map<number, Cost>();
    for (const agents of SIZES) {
      const cost = await run(folder, "working", agents);
      costs.set(agents, cost);
      results.push(...resultsOf(cost, agents));
    }
    const growth = (figure: "active" | "thread") => {
      const [few, many] = [costs.get(100), costs.get(10_000)];
      return few === undefined || many === undefined
        ? Number.NaN
        : perTurn(many, many[figure]) / perTurn(few, few[figure]);
    };
    results.push(lower("growth_100_to_10000", growth("active"), "times", 1.5));
    results.push(lower("growth_100_to_10000_cpu", growth("thread"), "times", 1.5));
    results.push(...(await memory(folder)));
    results.push(...(await compare(folder)));
    const writing = await run(folder, "writing", 10);
    results.push(lower("engine_time_per_turn_with_worktrees", perTurn(writing, writing.active), "ms"));
    const sqlite = new DatabaseSync(":memory:").prepare("SELECT sqlite_version() AS version").get();
    return {
      bench: "agents",
      machine: machine(),
      versions: { node: process.version, "node:sqlite": String(sqlite?.version) },
      results,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
