import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compact } from "../../../../src/engine/store/compaction.ts";
import { realDisk } from "../../../../src/engine/store/disk.ts";
import { imageName, listFiles, segmentName } from "../../../../src/engine/store/files.ts";
import { examine, repair } from "../../../../src/engine/store/repair.ts";
import { loadSqlite } from "../../../../src/engine/store/sqlite.ts";
import { insertAgents } from "../../../support/seed.ts";
import { assets, expectOk, openTestStore, temporaryFolder } from "../../../support/store.ts";

const ids = z.object({ id: z.string() });

/** A store of twelve agents: an image of five, one of nine, and the segments that follow each of them. */
async function setUp() {
  const folder = await temporaryFolder();
  const sqlite = await loadSqlite(await readFile(assets.wasm));
  let hired = 10;
  for (const [segment, agents] of [
    [1, 5],
    [2, 4],
    [3, 3],
  ] as const) {
    const { store } = await openTestStore({ folder });
    if (segment > 1) expectOk(await compact(sqlite, realDisk, folder, segment));
    for (let count = 0; count < agents; count++) await insertAgents(store, [[`a${hired++}`, null]]);
    await store.close();
  }
  const files = await listFiles(realDisk, folder);
  const newest = join(folder, segmentName(files.segments.at(-1) ?? 0));
  const mend = async () => expectOk(await repair(sqlite, realDisk, folder, 7));
  const agents = async () => {
    const { store: again } = await openTestStore({ folder });
    return (await again.read((reader) => reader.all(ids, "SELECT id FROM agents ORDER BY id"))).map((row) => row.id);
  };
  return { folder, sqlite, files, newest, mend, agents };
}

const flip = async (path: string, at: number) => {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x20;
  await writeFile(path, bytes);
};

describe("a repair", () => {
  test("leaves a store that is sound as it is", async () => {
    const { folder, sqlite, mend, agents } = await setUp();
    const before = await realDisk.list(folder);
    expect(await examine(sqlite, realDisk, folder)).toBeUndefined();
    expect(await mend()).toBeUndefined();
    expect(await realDisk.list(folder)).toEqual(before);
    expect(await agents()).toHaveLength(12);
  });

  test("goes back to the last record that adds up, keeps the damaged files and says what was lost", async () => {
    const { folder, sqlite, newest, mend, agents, files } = await setUp();
    await flip(newest, (await readFile(newest)).length - 10);
    expect((await examine(sqlite, realDisk, folder))?.code).toBe("store_damaged");
    const repaired = await mend();
    expect(repaired?.lost).toEqual([expect.stringMatching(/^journal-\d+\.log from byte \d+ to \d+$/)]);
    expect(repaired?.damage).toContain(newest);
    expect((await realDisk.list(repaired?.kept ?? "")).length).toBe(files.images.length + files.segments.length);
    expect(await examine(sqlite, realDisk, folder)).toBeUndefined();
    expect(await agents()).toHaveLength(11);
  });

  test("goes back to an older image where a segment is gone", async () => {
    const { folder, files, mend, agents } = await setUp();
    await rm(join(folder, imageName(files.images.at(-1) ?? 0)));
    await truncate(join(folder, segmentName((files.images.at(-1) ?? 0) - 1)), 40);
    const repaired = await mend();
    expect(repaired?.lost.length).toBeGreaterThan(0);
    expect(await agents()).toHaveLength(5);
  });

  test("begins anew where nothing can be read", async () => {
    const { folder, files, mend, agents } = await setUp();
    for (const number of files.images) await flip(join(folder, imageName(number)), 5000);
    const repaired = await mend();
    expect(repaired?.restoredTo).toBe(0);
    expect(await agents()).toEqual([]);
  });
});
