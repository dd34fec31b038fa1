import { beforeAll, describe, expect, test } from "vitest";
import { StoreUnavailableError } from "../../../src/engine/store/port.ts";
import { FaultDisk } from "../../support/faultDisk.ts";
import { createOpener } from "./opener.ts";
import { contentOf, workload } from "./workload.ts";

let open: Awaited<ReturnType<typeof createOpener>>;

beforeAll(async () => {
  open = await createOpener();
});

/** A store with some work in it, on a disk that is full from then on. */
async function setUp() {
  const disk = new FaultDisk();
  const store = await open(disk);
  const operations = workload(9);
  for (const operation of operations.slice(0, 20)) await store.transaction(operation);
  const written = await contentOf(store);
  disk.full = true;
  return { disk, store, written, operations: operations.slice(20) };
}

describe("a store on a full disk", () => {
  test("is read as it stands on the disk, for as long as nothing can be written", async () => {
    const { store, written, operations } = await setUp();
    for (const operation of operations.slice(0, 3)) {
      await expect(store.transaction(operation)).rejects.toThrow(StoreUnavailableError);
      expect(await contentOf(store)).toBe(written);
    }
    await store.close();
  });

  test("tries to write at every call, and goes on when there is room again", async () => {
    const { disk, store, written, operations } = await setUp();
    const [first, second, ...rest] = operations;
    if (first === undefined || second === undefined) throw new Error("the workload is too short");
    await expect(store.transaction(first)).rejects.toThrow("ENOSPC");
    await expect(store.transaction(first)).rejects.toThrow("ENOSPC");
    expect(await contentOf(store)).toBe(written);
    disk.full = false;
    for (const operation of [first, second, ...rest]) await store.transaction(operation);
    const after = await contentOf(store);
    await store.close();
    const again = await open(disk.restarted());
    expect(await contentOf(again)).toBe(after);
    await again.close();
  });

  test("fails a read that rests on a commit which could not be written", async () => {
    const { store, operations, written } = await setUp();
    const [first] = operations;
    if (first === undefined) throw new Error("the workload is too short");
    const [commit, read] = await Promise.allSettled([store.transaction(first), contentOf(store)]);
    expect([commit.status, read.status]).toEqual(["rejected", "rejected"]);
    expect(await contentOf(store)).toBe(written);
    await store.close();
  });

  test("refuses every call once it is closed", async () => {
    const { store, operations } = await setUp();
    const [first] = operations;
    if (first === undefined) throw new Error("the workload is too short");
    await expect(store.transaction(first)).rejects.toThrow("ENOSPC");
    await store.close();
    await expect(contentOf(store)).rejects.toThrow("closed");
  });
});
