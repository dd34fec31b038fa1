/** As many files are looked at at once. */
const CONCURRENCY = 64;

/** Runs `body` for each item, some at a time, and answers the results in the items' order. Rejects with the first error. */
export async function concurrently<T, R>(items: readonly T[], body: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const entries = items.entries();
  let hasFailed = false;
  const work = async () => {
    for (const [index, item] of entries) {
      if (hasFailed) return;
      results[index] = await body(item);
    }
  };
  const workers = Array.from({ length: Math.min(CONCURRENCY, items.length) }, work);
  // All of them have ended when this does: nothing goes on behind its caller's back.
  const ends = await Promise.allSettled(
    workers.map((worker) =>
      worker.catch((error) => {
        hasFailed = true;
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
