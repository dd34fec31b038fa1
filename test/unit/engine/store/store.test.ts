import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ok, refuse } from "../../../../src/base/errors.ts";
import { silentLogger } from "../../../../src/base/log.ts";
import { type Disk, realDisk } from "../../../../src/engine/store/disk.ts";
import { ConstraintError, type Transaction } from "../../../../src/engine/store/port.ts";
import { imagePath, openStore } from "../../../../src/engine/store/store.ts";
import type { EngineEvent } from "../../../../src/protocol/events.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { assets, expectOk, expectRefused, openTestStore, temporaryFolder } from "../../../support/store.ts";

const thread = (tx: Transaction, id: string) =>
  tx.run(
    `INSERT INTO agents (id, root_id, depth, name, role, task, model, status, created_at)
     VALUES (?1, ?1, 0, ?1, 'lead', 't', 'm', 'pending', ?2)`,
    [id, 1_800_000_000_000],
  );
const names = { schema: z.object({ id: z.string() }), sql: "SELECT id FROM agents ORDER BY id" };

describe("the store", () => {
  test("keeps what was committed when it is opened again", async () => {
    const { store, folder } = await openTestStore();
    await store.transaction((tx) => thread(tx, "a"));
    await store.close();
    const again = await openTestStore({ folder });
    expect(await again.store.read((reader) => reader.all(names.schema, names.sql))).toEqual([{ id: "a" }]);
  });

  test("has a change on disk before its promise resolves", async () => {
    const { store, folder } = await openTestStore();
    await store.transaction((tx) => thread(tx, "a"));
    const copy = await temporaryFolder();
    await writeFile(imagePath(copy), await readFile(imagePath(folder)));
    const reader = await openTestStore({ folder: copy });
    expect(await reader.store.read((r) => r.all(names.schema, names.sql))).toEqual([{ id: "a" }]);
  });

  test("rolls back when the body rejects, and when it is refused", async () => {
    const { store } = await openTestStore();
    await expect(
      store.transaction(async (tx) => {
        await thread(tx, "a");
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    const refused = await store.attempt(async (tx) => {
      await thread(tx, "b");
      return refuse("bad_input", "not so");
    });
    expect(expectRefused(refused).message).toBe("not so");
    expect(expectOk(await store.attempt(async (tx) => ok(await tx.all(names.schema, names.sql))))).toEqual([]);
  });

  test("names what the database refused", async () => {
    const { store } = await openTestStore();
    await store.transaction((tx) => thread(tx, "a"));
    await expect(store.transaction((tx) => thread(tx, "a"))).rejects.toBeInstanceOf(ConstraintError);
  });

  test("refuses a statement that comes after its transaction", async () => {
    const { store } = await openTestStore();
    const escaped = await store.transaction(async (tx) => ({ tx }));
    await expect(thread(escaped.tx, "late")).rejects.toThrow("after its transaction");
  });

  test("tells events after they are durable, in order", async () => {
    const { store, folder } = await openTestStore();
    const heard: EngineEvent[] = [];
    store.onEvent((event) => heard.push(event));
    const spawned = (id: string) =>
      store.transaction(async (tx) => {
        await thread(tx, id);
        await tx.emit({ type: "agent.spawned", agentId: id, parentId: null, name: id });
      });
    await Promise.all(["a", "b", "c"].map(spawned));
    expect(heard.map((event) => event.agentId)).toEqual(["a", "b", "c"]);
    expect(heard.map((event) => event.seq)).toEqual([1, 2, 3]);
    expect((await readFile(imagePath(folder))).length).toBeGreaterThan(0);
  });

  test("commits that wait at the same time share a flush", async () => {
    let flushes = 0;
    const counting: Disk = {
      ...realDisk,
      replace: (path, content) => {
        flushes++;
        return realDisk.replace(path, content);
      },
    };
    const { store } = await openTestStore({ disk: counting });
    flushes = 0;
    await Promise.all(Array.from({ length: 32 }, (_, index) => store.transaction((tx) => thread(tx, `a${index}`))));
    expect(flushes).toBeLessThan(5);
  });

  test("stops when the disk fails, and keeps the last state that it acknowledged", async () => {
    let full = false;
    const failing: Disk = {
      ...realDisk,
      replace: (path, content) => (full ? Promise.reject(new Error("ENOSPC")) : realDisk.replace(path, content)),
    };
    const { store, folder } = await openTestStore({ disk: failing });
    await store.transaction((tx) => thread(tx, "a"));
    full = true;
    await expect(store.transaction((tx) => thread(tx, "b"))).rejects.toThrow("can't be written: ENOSPC");
    await expect(store.read((reader) => reader.all(names.schema, names.sql))).rejects.toThrow("can't be written");
    const again = await openTestStore({ folder });
    expect(await again.store.read((reader) => reader.all(names.schema, names.sql))).toEqual([{ id: "a" }]);
  });

  test("keeps whole numbers beyond 2^31 exact", async () => {
    const { store } = await openTestStore();
    await store.transaction((tx) => thread(tx, "a"));
    const row = await store.read((reader) =>
      reader.get(
        z.object({ at: z.int(), kind: z.string() }),
        "SELECT created_at AS at, typeof(created_at) AS kind FROM agents",
      ),
    );
    expect(row).toEqual({ at: 1_800_000_000_000, kind: "integer" });
  });
});

describe("opening a store", () => {
  const open = (folder: string, access: "read" | "write", migrations = assets.migrations) =>
    openStore({
      folder,
      access,
      wasm: assets.wasm,
      migrations,
      disk: realDisk,
      clock: createFakeClock(),
      log: silentLogger,
    });

  test("refuses to read where there is none, and makes nothing", async () => {
    const folder = join(await temporaryFolder(), "banyan");
    expect(expectRefused(await open(folder, "read")).code).toBe("store_missing");
    expect(await realDisk.list(folder)).toEqual([]);
  });

  test("refuses a file that is no database, and leaves it as it is", async () => {
    const folder = await temporaryFolder();
    await writeFile(imagePath(folder), "not a database at all, but long enough to be looked at".repeat(50));
    const refusal = expectRefused(await open(folder, "write"));
    expect(refusal.code).toBe("store_damaged");
    expect(refusal.message).toContain(imagePath(folder));
    expect(await readFile(imagePath(folder), "utf8")).toContain("not a database");
  });

  test("refuses a store of a newer Banyan without touching it", async () => {
    const folder = await temporaryFolder();
    const migrations = await temporaryFolder();
    const first = await readFile(join(assets.migrations, "0001_initial.sql"));
    await writeFile(join(migrations, "0001_initial.sql"), first);
    await writeFile(join(migrations, "0002_later.sql"), "CREATE TABLE later (id TEXT) STRICT;");
    await expectOk(await open(folder, "write", migrations)).close();
    const before = await readFile(imagePath(folder));
    expect(expectRefused(await open(folder, "write")).code).toBe("store_newer");
    expect(await readFile(imagePath(folder))).toEqual(before);
  });

  test("refuses a store that another migration made", async () => {
    const folder = await temporaryFolder();
    const migrations = await temporaryFolder();
    await writeFile(join(migrations, "0001_initial.sql"), "CREATE TABLE other (id TEXT) STRICT;");
    await expectOk(await open(folder, "write", migrations)).close();
    expect(expectRefused(await open(folder, "write")).message).toContain("another migration 1");
  });

  test("a migration that fails leaves the old state", async () => {
    const folder = await temporaryFolder();
    const migrations = await temporaryFolder();
    const first = await readFile(join(assets.migrations, "0001_initial.sql"));
    await writeFile(join(migrations, "0001_initial.sql"), first);
    await expectOk(await open(folder, "write", migrations)).close();
    const before = await readFile(imagePath(folder));
    await writeFile(join(migrations, "0002_bad.sql"), "CREATE TABLE fine (id TEXT) STRICT; CREATE TABLE agents (x);");
    await expect(open(folder, "write", migrations)).rejects.toThrow("migration 2 (bad) failed");
    expect(await readFile(imagePath(folder))).toEqual(before);
  });

  test("refuses migrations with a gap", async () => {
    const migrations = await temporaryFolder();
    await writeFile(join(migrations, "0002_second.sql"), "");
    await expect(open(await temporaryFolder(), "write", migrations)).rejects.toThrow("not migration 1");
  });
});
