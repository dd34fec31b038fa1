import { performance } from "node:perf_hooks";
import { z } from "zod";

/** What something cost; all times in milliseconds. */
export const costSchema = z.object({
  /** Of whatever was done again and again: turns, transactions. */
  count: z.int(),
  elapsed: z.number(),
  /** Time in which the engine's thread was not idle: work, and flushes that it waits for in place. */
  active: z.number(),
  /** Of that: flushes, in which the thread waits for the disk and nothing else is done. */
  flushing: z.number().default(0),
  /** Processor time of the engine's thread, and of the whole process. */
  thread: z.number(),
  process: z.number(),
  delayP99: z.number(),
  longestDelay: z.number(),
});
export type Cost = z.infer<typeof costSchema>;

/** Bytes for each agent: held by JavaScript and the store, and resident in the process. */
export const memorySchema = z.object({ held: z.number(), resident: z.number() });

const sum = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

/** Answers a function that stops it. */
export function startMeter(): () => Pick<Cost, "elapsed" | "active" | "thread" | "process"> {
  const loop = performance.eventLoopUtilization();
  const thread = process.threadCpuUsage();
  const whole = process.cpuUsage();
  const start = performance.now();
  return () => ({
    elapsed: performance.now() - start,
    active: performance.eventLoopUtilization(loop).active,
    thread: sum(process.threadCpuUsage(thread)),
    process: sum(process.cpuUsage(whole)),
  });
}
