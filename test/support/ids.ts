import type { Ids } from "../../src/base/ids.ts";

/** Ids that count: the same run gives the same ids. */
export function createCountingIds(): Ids {
  let unique = 0;
  let short = 0;
  return {
    unique: () => `id-${String(++unique).padStart(6, "0")}`,
    short: () => `agent${String(++short).padStart(5, "0")}`,
  };
}
