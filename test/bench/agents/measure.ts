import { monitorEventLoopDelay } from "node:perf_hooks";
import type { z } from "zod";
import { createDeferred } from "../../../src/base/deferred.ts";
import type { LocalEngine } from "../../../src/engine/engine.ts";
import { isEnded } from "../../../src/protocol/words.ts";
import { type costSchema, type memorySchema, startMeter } from "./cost.ts";
import { makeRepository, openEngine, spawnTeams } from "./engine.ts";
import { timeFlushes } from "./flushes.ts";
import { replay } from "./peers.ts";
import { TURNS, type Work } from "./scripts.ts";

/** Turns that were completed, and when so many agents have come to rest: ended, waiting, or calling their model. */
function watch(engine: LocalEngine, work: Work, agents: number) {
  let turns = 0;
  const atRest = new Set<string>();
  const done = createDeferred<void>();
  engine.onEvent((event) => {
    if (event.type === "turn.completed") turns += 1;
    if (event.type === "agent.moved" && isEnded(event.to) && event.to !== "completed") {
      done.reject(new Error(`an agent came to ${event.to}: ${event.reason}`));
    }
    const rests =
      work === "running"
        ? event.type === "turn.completed"
        : event.type === "agent.moved" && (work === "idle" ? event.to === "waiting" : isEnded(event.to));
    if (!rests || event.agentId === null) return;
    atRest.add(event.agentId);
    if (atRest.size === agents) done.resolve();
  });
  return { turns: () => turns, done: done.promise };
}

/** Bytes that the collector leaves: of the heap, and of what lies outside of it, the store's pages too. */
function settledMemory(): { readonly held: number; readonly resident: number } {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss };
}

const WARM_UP = 100;

/** What runs for the first time is compiled first: that is no part of what a turn or an agent takes. */
async function warmUp(folder: string): Promise<void> {
  await makeRepository(folder);
  const engine = await openEngine(folder, WARM_UP);
  await spawnTeams(engine, folder, "working", WARM_UP);
  const watched = watch(engine, "working", WARM_UP);
  await engine.start();
  await watched.done;
  await engine.stop();
}

/** Turns that are measured at least: where fewer agents are at work, others come after them. */
const LEAST_TURNS = 1000;

/** `agents`: those that are at work at the same time. */
async function measureWork(folder: string, work: Work, agents: number): Promise<z.infer<typeof costSchema>> {
  await warmUp(`${folder}-warm-up`);
  await makeRepository(folder);
  const flushes = timeFlushes();
  const engine = await openEngine(folder, agents, flushes.disk);
  const lots = work === "working" ? Math.ceil(LEAST_TURNS / (agents * TURNS)) : 1;
  for (let lot = 0; lot < lots; lot++) await spawnTeams(engine, folder, work, agents);
  const watched = watch(engine, work, lots * agents);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const flushed = flushes.waited();
  const stop = startMeter();
  await engine.start();
  await watched.done;
  const spent = { ...stop(), flushing: flushes.waited() - flushed };
  delay.disable();
  await engine.stop();
  const count = watched.turns();
  return { ...spent, count, delayP99: delay.percentile(99) / 1e6, longestDelay: delay.max / 1e6 };
}

/** Bytes an agent takes. */
async function measureMemory(folder: string, work: Work, agents: number): Promise<z.infer<typeof memorySchema>> {
  await warmUp(`${folder}-warm-up`);
  await makeRepository(folder);
  const engine = await openEngine(folder, agents);
  const before = settledMemory();
  await spawnTeams(engine, folder, work, agents);
  const watched = watch(engine, work, agents);
  await engine.start();
  await watched.done;
  await new Promise((resolve) => setTimeout(resolve, 200));
  const after = settledMemory();
  await engine.stop();
  return { held: (after.held - before.held) / agents, resident: (after.resident - before.resident) / agents };
}

/** A process of its own: `measure.ts work|memory|replay FOLDER KIND AGENTS` prints what it measured. */
const [what = "", folder = "", kind = "", agents = "1"] = process.argv.slice(2);
const works: Readonly<Record<string, Work>> = {
  working: "working",
  idle: "idle",
  running: "running",
  writing: "writing",
};
const work = works[kind] ?? "working";
const told =
  what === "work"
    ? await measureWork(folder, work, Number(agents))
    : what === "memory"
      ? await measureMemory(folder, work, Number(agents))
      : await replay(folder, kind === "node_sqlite" ? "node_sqlite" : "store", Number(agents));
process.stdout.write(JSON.stringify(told));
