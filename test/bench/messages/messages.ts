import { mkdtemp, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { fsyncTime } from "../fsync.ts";
import { type BenchReport, machine } from "../report.ts";
import { versions } from "../versions.ts";
import { compareLives } from "./lives.ts";
import { measureQueues } from "./queues.ts";

export async function benchMessages(): Promise<BenchReport> {
  const folder = await mkdtemp(resolve(".bench-"));
  try {
    const results = [await fsyncTime(folder), ...(await compareLives(folder)), ...(await measureQueues(folder))];
    return { bench: "messages", machine: machine(), versions: await versions(), results };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
