import { beforeAll, describe, expect, test } from "vitest";
import { type Store, StoreUnavailableError } from "../../../src/engine/store/port.ts";
import { type Fault, FaultDisk, type FaultKind, faultKinds, Killed } from "../../support/faultDisk.ts";
import { createOpener } from "./opener.ts";
import { contentOf, rowCounts, workload } from "./workload.ts";

/** At least 300 transactions. */
const AGENTS = 66;
/** Set for a long campaign. */
const everything = process.env.BANYAN_LONG === "1";
const LONG = 1_800_000;

let open: Awaited<ReturnType<typeof createOpener>>;

beforeAll(async () => {
  open = await createOpener();
});

interface Outcome {
  /** Transactions whose promise resolved: the first so many, since they are acknowledged in order. */
  readonly acknowledged: number;
  readonly store: Store | undefined;
}

/** Runs the workload until it ends or something goes wrong, with so many transactions in flight. */
async function run(disk: FaultDisk, inFlight: number): Promise<Outcome> {
  let acknowledged = 0;
  let store: Store | undefined;
  try {
    store = await open(disk);
    const opened = store;
    const operations = workload(AGENTS);
    for (let next = 0; next < operations.length; ) {
      const batch = operations.slice(next, next + inFlight);
      const outcomes = await Promise.allSettled(batch.map((operation) => opened.transaction(operation)));
      const refused = outcomes.findIndex((outcome) => outcome.status === "rejected");
      expect(
        outcomes.slice(refused === -1 ? outcomes.length : refused).some(({ status }) => status === "fulfilled"),
      ).toBe(false);
      acknowledged += refused === -1 ? batch.length : refused;
      const failure = outcomes[refused];
      if (failure?.status === "rejected") throw failure.reason;
      next += batch.length;
    }
    await store.close();
  } catch (error) {
    const expected = error instanceof Killed || error instanceof StoreUnavailableError || isRefusal(error);
    if (!expected) throw error;
  }
  return { acknowledged, store };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "EIO" || error.code === "ENOSPC");

/** What the store holds after each of the transactions. */
async function referenceContents(): Promise<readonly string[]> {
  const store = await open(new FaultDisk());
  const contents = [await contentOf(store)];
  for (const operation of workload(AGENTS)) {
    await store.transaction(operation);
    contents.push(await contentOf(store));
  }
  await store.close();
  return contents;
}

const refusals: readonly FaultKind[] = ["EIO", "ENOSPC"];

/** Every operation with every kind in a long campaign; else every second one, with one kind after the other. */
function faultsOf(operations: number, kinds: readonly FaultKind[]): readonly Fault[] {
  const all = Array.from({ length: operations }, (_, index) => index + 1);
  if (everything) return all.flatMap((at) => kinds.map((kind) => ({ at, kind })));
  return all.flatMap((at) => {
    if (at % 2 === 0) return [];
    const kind = kinds[Math.floor(at / 2) % kinds.length];
    return kind === undefined ? [] : [{ at, kind }];
  });
}

/** What the next process finds is what stood after some transaction, none before the last that was acknowledged. */
async function findLoss(
  disk: FaultDisk,
  acknowledged: number,
  contents: readonly string[],
): Promise<string | undefined> {
  const again = await open(disk.restarted());
  const found = contents.indexOf(await contentOf(again));
  await again.close();
  return found < acknowledged ? `found ${found}` : undefined;
}

describe("a store that fails at any operation on the disk", () => {
  test("holds every acknowledged change when it is killed, and every other one whole or not at all", {
    timeout: LONG,
  }, async () => {
    const contents = await referenceContents();
    const calm = new FaultDisk();
    const whole = await run(calm, 8);
    expect(whole.acknowledged).toBe(contents.length - 1);
    expect(whole.acknowledged).toBeGreaterThanOrEqual(300);
    const wrong: string[] = [];
    const kills = faultKinds.filter((kind) => !refusals.includes(kind));
    for (const fault of faultsOf(calm.operations, kills)) {
      const disk = new FaultDisk(fault);
      const { acknowledged } = await run(disk, 8);
      const loss = await findLoss(disk, acknowledged, contents);
      if (loss !== undefined) wrong.push(`${fault.kind} at ${fault.at}, ${acknowledged} acknowledged: ${loss}`);
      expect(disk.struck).toBe(true);
    }
    expect(wrong).toEqual([]);
  });

  test("goes on with what it acknowledged when the disk refuses once", { timeout: LONG }, async () => {
    const contents = await referenceContents();
    const calm = new FaultDisk();
    await run(calm, 1);
    const wrong: string[] = [];
    for (const fault of faultsOf(calm.operations, refusals)) {
      const disk = new FaultDisk(fault);
      const { acknowledged, store } = await run(disk, 1);
      const told = `${fault.kind} at ${fault.at}, ${acknowledged} acknowledged`;
      if (store !== undefined && acknowledged < contents.length - 1) {
        const inPlace = contents.indexOf(await contentOf(store));
        if (inPlace !== acknowledged) wrong.push(`${told}: ${inPlace} was read`);
        await store.transaction((tx) => tx.run("UPDATE agents SET reason = reason"));
        const further = contents.indexOf(await contentOf(store));
        if (further !== acknowledged) wrong.push(`${told}: went on with ${further}`);
        await store.close();
      }
      const loss = await findLoss(disk, acknowledged, contents);
      if (loss !== undefined) wrong.push(`${told}: ${loss}`);
      expect(disk.struck).toBe(true);
    }
    expect(wrong).toEqual([]);
  });

  test("the workload writes every table", async () => {
    const store = await open(new FaultDisk());
    for (const operation of workload(9)) await store.transaction(operation);
    expect((await rowCounts(store)).filter(([, count]) => count === 0)).toEqual([]);
    await store.close();
  });

  test("a replay gives every table back as it was", async () => {
    const disk = new FaultDisk();
    const store = await open(disk);
    for (const operation of workload(12)) await store.transaction(operation);
    const before = await contentOf(store);
    const again = await open(disk.restarted());
    expect(await contentOf(again)).toBe(before);
    await store.close();
    await again.close();
  });
});
