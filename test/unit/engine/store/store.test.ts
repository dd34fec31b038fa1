import { appendFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ok, refuse } from "../../../../src/base/errors.ts";
import { silentLogger } from "../../../../src/base/log.ts";
import { createWorkerCompactor } from "../../../../src/engine/store/compactor.ts";
import { type Disk, realDisk } from "../../../../src/engine/store/disk.ts";
import { imageName, listFiles, segmentName } from "../../../../src/engine/store/files.ts";
import { ConstraintError, type Transaction } from "../../../../src/engine/store/port.ts";
import { encodeRecord, readRecords } from "../../../../src/engine/store/record.ts";
import { openStore } from "../../../../src/engine/store/store.ts";
import type { EngineEvent } from "../../../../src/protocol/events.ts";
import { createFakeClock } from "../../../support/clock.ts";
import {
  assets,
  expectOk,
  expectRefused,
  openTestStore,
  temporaryFolder,
  tryOpenTestStore,
} from "../../../support/store.ts";

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
    await cp(folder, copy, { recursive: true });
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
    const { store } = await openTestStore();
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
  });

  test("commits that wait at the same time share a flush", async () => {
    let flushes = 0;
    const counting = appendingThrough(async (append) => {
      flushes++;
      await append();
    });
    const { store } = await openTestStore({ disk: counting });
    await Promise.all(Array.from({ length: 32 }, (_, index) => store.transaction((tx) => thread(tx, `a${index}`))));
    expect(flushes).toBeLessThan(5);
  });

  test("drops what a failed disk did not take, keeps what it acknowledged, and goes on once there is room", async () => {
    let full = false;
    const failing = appendingThrough(async (append) => {
      if (full) throw new Error("ENOSPC");
      await append();
    });
    const { store, folder } = await openTestStore({ disk: failing });
    await store.transaction((tx) => thread(tx, "a"));
    full = true;
    await expect(store.transaction((tx) => thread(tx, "b"))).rejects.toThrow("can't be written: ENOSPC");
    full = false;
    expect(await store.read((reader) => reader.all(names.schema, names.sql))).toEqual([{ id: "a" }]);
    await store.transaction((tx) => thread(tx, "c"));
    await store.close();
    const again = await openTestStore({ folder });
    expect(await again.store.read((reader) => reader.all(names.schema, names.sql))).toEqual([{ id: "a" }, { id: "c" }]);
  });

  test("answers a read only when what it rests on is on disk", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let onDisk = false;
    const disk = appendingThrough(async (append) => {
      await gate;
      await append();
      onDisk = true;
    });
    const { store } = await openTestStore({ disk });
    const writing = store.transaction((tx) => thread(tx, "a"));
    const reading = store.read((reader) => reader.all(names.schema, names.sql)).then((rows) => ({ rows, onDisk }));
    const refusing = store.attempt(async () => refuse("bad_input", "no")).then(() => onDisk);
    open();
    expect(await reading).toEqual({ rows: [{ id: "a" }], onDisk: true });
    expect(await refusing).toBe(true);
    await writing;
  });

  test("reads the disk again after its image could not be read", async () => {
    let broken = false;
    const disk: Disk = {
      ...realDisk,
      async openRead(path) {
        const file = await realDisk.openRead(path);
        if (file === undefined) return undefined;
        const readNow = (into: Uint8Array, offset: number) => {
          if (broken) throw new Error("EIO");
          file.readNow(into, offset);
        };
        return { ...file, readNow };
      },
    };
    const { folder, store: first } = await openTestStore();
    await first.transaction((tx) => thread(tx, "a"));
    await first.close();
    const { store } = await openTestStore({ folder, disk });
    broken = true;
    const messages = "SELECT id FROM messages ORDER BY seq";
    await expect(store.transaction((tx) => tx.all(names.schema, messages))).rejects.toThrow("can't be read: EIO");
    broken = false;
    await store.transaction((tx) => thread(tx, "c"));
    expect(await store.read((reader) => reader.all(names.schema, names.sql))).toEqual([{ id: "a" }, { id: "c" }]);
  });

  test("acknowledges nothing after another leader has taken over", async () => {
    let current = true;
    const epoch = { number: 1, isCurrent: () => current };
    const { store } = await openTestStore({ writer: { epoch } });
    await store.transaction((tx) => thread(tx, "a"));
    current = false;
    await expect(store.transaction((tx) => thread(tx, "b"))).rejects.toThrow("another process leads");
    await expect(store.read((reader) => reader.all(names.schema, names.sql))).rejects.toThrow("another process leads");
  });

  test("makes an image when the journal has grown, and needs no older file but the one before", async () => {
    const { store, folder } = await openTestStore({ writer: { compactAfter: { records: 10, bytes: 1e9 } } });
    for (let index = 0; index < 45; index++) await store.transaction((tx) => thread(tx, `a${index + 100}`));
    await store.close();
    const { images, segments } = await listFiles(realDisk, folder);
    expect(images.length).toBeLessThanOrEqual(2);
    expect(segments.length).toBeLessThanOrEqual(4);
    const again = await openTestStore({ folder });
    expect(await again.store.read((reader) => reader.all(names.schema, names.sql))).toHaveLength(45);
  });

  test("makes it in a thread of its own, too", async () => {
    const compactor = createWorkerCompactor(assets.compactor, assets.wasm);
    const { store, folder } = await openTestStore({ writer: { compactor, compactAfter: { records: 5, bytes: 1e9 } } });
    for (let index = 0; index < 12; index++) await store.transaction((tx) => thread(tx, `a${index}`));
    await store.close();
    expect((await listFiles(realDisk, folder)).images.at(-1)).toBeGreaterThan(1);
    const again = await openTestStore({ folder });
    expect(await again.store.read((reader) => reader.all(names.schema, names.sql))).toHaveLength(12);
  });

  test("refuses a statement that would not do the same again, and a read that writes", async () => {
    const { store } = await openTestStore();
    const sql = "UPDATE agents SET created_at = CURRENT_TIMESTAMP";
    await expect(store.transaction((tx) => tx.run(sql))).rejects.toThrow("as parameters");
    await expect(store.read((reader) => reader.all(names.schema, "DELETE FROM agents RETURNING id"))).rejects.toThrow(
      "changes nothing",
    );
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

/** The real disk, with something before or instead of every append. */
const appendingThrough = (through: (append: () => Promise<void>) => Promise<void>): Disk => ({
  ...realDisk,
  async openAppend(path, room) {
    const file = await realDisk.openAppend(path, room);
    return {
      append: (content) => through(() => file.append(content)),
      appendNow: () => false,
      trim: () => file.trim(),
      close: () => file.close(),
    };
  },
});

describe("opening a store", () => {
  const snapshot = async (folder: string) =>
    Promise.all((await realDisk.list(folder)).map(async (name) => [name, await readFile(join(folder, name))]));

  /** A store with ten agents: an image, and a segment on top of it. */
  async function setUp() {
    const folder = await temporaryFolder();
    const { store } = await openTestStore({ folder, writer: { compactAfter: { records: 6, bytes: 1e9 } } });
    for (let index = 0; index < 10; index++) await store.transaction((tx) => thread(tx, `a${index}`));
    await store.close();
    const { images, segments } = await listFiles(realDisk, folder);
    const image = join(folder, imageName(images.at(-1) ?? 0));
    const journal = join(folder, segmentName(segments.at(-1) ?? 0));
    const reopen = () => tryOpenTestStore({ folder });
    const count = async () => {
      const { store: again } = await openTestStore({ folder });
      return (await again.read((reader) => reader.all(names.schema, names.sql))).length;
    };
    return { folder, image, journal, reopen, count };
  }

  test("refuses to read where there is none, and makes nothing", async () => {
    const folder = join(await temporaryFolder(), "banyan");
    const options = { folder, wasm: assets.wasm, migrations: assets.migrations, disk: realDisk, writer: null };
    const opened = await openStore({ ...options, clock: createFakeClock(), log: silentLogger });
    expect(expectRefused(opened).code).toBe("store_missing");
    expect(await realDisk.list(folder)).toEqual([]);
  });

  test("reads without writing anything", async () => {
    const { folder } = await setUp();
    const before = await snapshot(folder);
    const options = { folder, wasm: assets.wasm, migrations: assets.migrations, disk: realDisk, writer: null };
    const store = expectOk(await openStore({ ...options, clock: createFakeClock(), log: silentLogger }));
    expect(await store.read((reader) => reader.all(names.schema, names.sql))).toHaveLength(10);
    await expect(store.transaction((tx) => thread(tx, "x"))).rejects.toThrow("to be read");
    await store.close();
    expect(await snapshot(folder)).toEqual(before);
  });

  test("cuts a tail that was torn", async () => {
    const { journal, count } = await setUp();
    const bytes = await readFile(journal);
    await writeFile(journal, bytes.subarray(0, -5));
    expect(await count()).toBe(9);
  });

  test("takes zeros at the end for what was never written", async () => {
    const { journal, count } = await setUp();
    await appendFile(journal, new Uint8Array(700));
    expect(await count()).toBe(10);
  });

  test("counts a last record that stands there twice once", async () => {
    const { journal, count } = await setUp();
    const bytes = await readFile(journal);
    const records = readRecords(bytes).records;
    const last = records.at(-1);
    if (last === undefined) throw new Error("the journal is empty");
    await appendFile(journal, encodeRecord(last));
    expect(await count()).toBe(10);
  });

  test("refuses a flipped bit in any record, and leaves the files as they are", async () => {
    const { journal, folder, reopen } = await setUp();
    const bytes = await readFile(journal);
    for (let at = 0; at < bytes.length; at += 17) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      await writeFile(journal, flipped);
      const before = await snapshot(folder);
      const refusal = expectRefused(await reopen());
      expect([at, refusal.code, refusal.message.includes(journal)]).toEqual([at, "store_damaged", true]);
      expect(await snapshot(folder)).toEqual(before);
    }
  });

  test("goes back to the image before one that is damaged or gone", async () => {
    const damaged = await setUp();
    const bytes = await readFile(damaged.image);
    bytes[2000] = (bytes[2000] ?? 0) ^ 1;
    await writeFile(damaged.image, bytes);
    expect(await damaged.count()).toBe(10);
    const gone = await setUp();
    await rm(gone.image);
    expect(await gone.count()).toBe(10);
  });

  test("refuses an image without its journal, and a journal without any image", async () => {
    const without = await setUp();
    await rm(without.journal);
    expect(expectRefused(await without.reopen()).message).toContain(without.journal);
    const { folder, reopen } = await setUp();
    const { images, segments } = await listFiles(realDisk, folder);
    for (const number of images) await rm(join(folder, imageName(number)));
    await rm(join(folder, segmentName(segments[0] ?? 0)));
    expect(expectRefused(await reopen()).code).toBe("store_damaged");
  });

  test("refuses a store that another migration made", async () => {
    const folder = await temporaryFolder();
    const migrations = await temporaryFolder();
    await writeFile(join(migrations, "0001_initial.sql"), "CREATE TABLE other (id TEXT) STRICT;");
    await expectOk(await tryOpenTestStore({ folder, migrations })).close();
    expect(expectRefused(await tryOpenTestStore({ folder })).message).toContain("another migration 1");
  });

  test("refuses migrations with a gap", async () => {
    const migrations = await temporaryFolder();
    await writeFile(join(migrations, "0002_second.sql"), "");
    await expect(tryOpenTestStore({ folder: await temporaryFolder(), migrations })).rejects.toThrow("not migration 1");
  });
});
