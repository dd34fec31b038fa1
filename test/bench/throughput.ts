import { type BenchResult, median } from "./report.ts";

/** How often a second something is done, by so many at the same time. */
export async function throughput(
  inFlight: number,
  milliseconds: number,
  once: (worker: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  const end = start + milliseconds;
  let done = 0;
  const work = async (_: unknown, worker: number) => {
    while (performance.now() < end) {
      await once(worker);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return (done * 1000) / (performance.now() - start);
}

/** Of one round: what our store came to, and right after it the peer. */
export interface Rates {
  readonly ours: number;
  readonly peer: number;
}

/** The median of the rounds' ratios, and of what each side came to. `goal`: of the ratio. */
export const comparison = (
  inFlight: number,
  unit: string,
  rates: readonly Rates[],
  goal?: number,
): readonly BenchResult[] => [
  {
    id: `ratio_in_flight_${inFlight}`,
    value: median(rates.map(({ ours, peer }) => ours / peer)),
    unit: "times",
    better: "higher",
    ...(goal === undefined ? {} : { goal }),
  },
  { id: `ours_in_flight_${inFlight}`, value: median(rates.map(({ ours }) => ours)), unit, better: "higher" },
  { id: `node_sqlite_in_flight_${inFlight}`, value: median(rates.map(({ peer }) => peer)), unit, better: "higher" },
];
