import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import { createAgentTable } from "../../../src/engine/agents/agents.ts";
import { openAsLeader, openAsReader, type openedSchema } from "./opening.ts";

/** Bytes. What the system counts for a process may begin with the memory of the one that started it: not VmHWM. */
async function peakMemory(): Promise<number> {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes = "0"] = /VmHWM:\s*(\d+)/.exec(await readFile("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** A process of its own: `openBigStore.ts FOLDER lead|read` opens a store and prints what that took. */
const [folder = "", access = "read"] = process.argv.slice(2);
const start = performance.now();
const store = await (access === "lead" ? openAsLeader(folder) : openAsReader(folder));
const opened = performance.now() - start;
const peak = await peakMemory();
globalThis.gc?.();
const settled = process.memoryUsage.rss();
const agents = createAgentTable(systemClock);
const before = performance.now();
const rows = await store.read((reader) => agents.tree(reader));
const tree = performance.now() - before;
await store.close();
const told: z.infer<typeof openedSchema> = { opened, peak, settled, tree, agents: rows.length };
process.stdout.write(JSON.stringify(told));
