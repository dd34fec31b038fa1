import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { realDisk } from "../../../../src/engine/store/disk.ts";
import { imageName, listFiles, segmentName } from "../../../../src/engine/store/files.ts";
import type { Store } from "../../../../src/engine/store/port.ts";
import { insertAgents } from "../../../support/seed.ts";
import {
  assets,
  expectOk,
  expectRefused,
  openTestStore,
  temporaryFolder,
  tryOpenTestStore,
} from "../../../support/store.ts";

const idRow = z.object({ id: z.string() });
const idsOf = async (store: Store) =>
  (await store.read((reader) => reader.all(idRow, "SELECT id FROM agents ORDER BY id"))).map((row) => row.id);

/** The migrations that there are, and those that come after them. */
async function laterMigrations(...more: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  await cp(assets.migrations, folder, { recursive: true });
  const { length } = await readdir(folder);
  for (const [index, sql] of more.entries()) {
    await writeFile(join(folder, `${String(length + index + 1).padStart(4, "0")}_later.sql`), sql);
  }
  return folder;
}

const snapshot = async (folder: string) => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path)]));
};

/** A store of two agents, closed. */
async function setUp() {
  const folder = await temporaryFolder();
  const { store } = await openTestStore({ folder });
  await insertAgents(store, [
    ["a", null],
    ["b", "a"],
  ]);
  await store.close();
  return { folder, before: await snapshot(folder) };
}

const later = "CREATE TABLE later (id TEXT) STRICT;";

describe("a migration", () => {
  test("keeps a copy of the store as it was, which can be opened", async () => {
    const { folder, before } = await setUp();
    const migrations = await laterMigrations(later);
    const { store } = await openTestStore({ folder, migrations });
    expect(await idsOf(store)).toEqual(["a", "b"]);
    await store.close();
    const version = (await readdir(migrations)).length;
    const copy = join(folder, `before-${version}`);
    expect(await snapshot(copy)).toEqual(before);
    const old = await openTestStore({ folder: copy });
    expect(await idsOf(old.store)).toEqual(["a", "b"]);
  });

  test("keeps the newest copy alone, and none of a store that is new", async () => {
    const { folder } = await setUp();
    expect((await realDisk.list(folder)).filter((name) => name.startsWith("before"))).toEqual([]);
    for (const more of [[later], [later, "CREATE TABLE last (id TEXT) STRICT;"]]) {
      const { store } = await openTestStore({ folder, migrations: await laterMigrations(...more) });
      await store.close();
    }
    const version = (await readdir(assets.migrations)).length + 2;
    expect((await realDisk.list(folder)).filter((name) => name.startsWith("before"))).toEqual([`before-${version}`]);
  });

  test("that fails leaves the old state", async () => {
    const { folder, before } = await setUp();
    const migrations = await laterMigrations("CREATE TABLE fine (id TEXT) STRICT; CREATE TABLE agents (x);");
    await expect(tryOpenTestStore({ folder, migrations })).rejects.toThrow("(later) failed");
    expect(await snapshot(folder)).toEqual(before);
    const { store } = await openTestStore({ folder });
    expect(await idsOf(store)).toEqual(["a", "b"]);
  });

  test("does not begin where the copy can't be made", async () => {
    const { folder, before } = await setUp();
    const migrations = await laterMigrations(later);
    const disk = { ...realDisk, copy: () => Promise.reject(new Error("ENOSPC")) };
    await expect(tryOpenTestStore({ folder, migrations, disk })).rejects.toThrow("ENOSPC");
    expect(await snapshot(folder)).toEqual(before);
  });

  test("of a newer Banyan is refused without touching the store", async () => {
    const { folder } = await setUp();
    const { store } = await openTestStore({ folder, migrations: await laterMigrations(later) });
    await store.close();
    const before = await snapshot(folder);
    expect(expectRefused(await tryOpenTestStore({ folder })).code).toBe("store_newer");
    expect(await snapshot(folder)).toEqual(before);
  });

  test("that was cut off before its image goes on from the old state", async () => {
    const { folder } = await setUp();
    const { images } = await listFiles(realDisk, folder);
    const migrations = await laterMigrations(later);
    await expectOk(await tryOpenTestStore({ folder, migrations })).close();
    const after = await listFiles(realDisk, folder);
    for (const number of after.images) {
      if (!images.includes(number)) await realDisk.remove(join(folder, imageName(number)));
    }
    expect(after.segments.map(segmentName)).toHaveLength(2);
    const { store } = await openTestStore({ folder });
    expect(await idsOf(store)).toEqual(["a", "b"]);
  });
});

const schemaRow = z.object({ sql: z.string() });

describe("the schema", () => {
  test("is the one that is written down (UPDATE_GOLDEN=1 rewrites it)", async () => {
    const { store } = await openTestStore();
    const sql =
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY iif(type = 'table', 0, 1), tbl_name, type, name";
    const rows = await store.read((reader) => reader.all(schemaRow, sql));
    const schema = rows.map((row) => `${row.sql};\n`).join("\n");
    const golden = new URL("schema.golden.sql", import.meta.url);
    if (process.env.UPDATE_GOLDEN === "1") await writeFile(golden, schema);
    expect(schema).toBe(await readFile(golden, "utf8"));
  });
});
