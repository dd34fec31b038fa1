import { open } from "node:fs/promises";
import { join } from "node:path";
import { type BenchResult, median } from "./report.ts";

/** What the disk takes for a flush: the slower it is, the more a flush that is shared saves. */
export async function fsyncTime(folder: string): Promise<BenchResult> {
  const handle = await open(join(folder, "fsync"), "w");
  const times: number[] = [];
  for (let index = 0; index < 200; index++) {
    await handle.write("x".repeat(300));
    const start = performance.now();
    await handle.datasync();
    times.push(performance.now() - start);
  }
  await handle.close();
  return { id: "fsync_median", value: median(times) * 1000, unit: "µs", better: "lower" };
}
