import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createContentFiles } from "../../../../src/engine/store/content.ts";
import { type Disk, realDisk } from "../../../../src/engine/store/disk.ts";
import { temporaryFolder } from "../../../support/store.ts";

/** As the leader of an epoch has it. */
const led = async (folder: string, epoch: number, end = 0) => {
  const content = createContentFiles(folder, realDisk, epoch);
  await content.begin("a", end);
  return content;
};

async function setUp() {
  const folder = await temporaryFolder();
  return { folder, content: await led(folder, 1), file: join(folder, "a", "0-1.jsonl") };
}

describe("a content file", () => {
  test("gives back what was appended, in any order of the references", async () => {
    const { content } = await setUp();
    const first = await content.append("a", [{ n: 1 }, "zwei — ✓"]);
    const second = await content.append("a", [[3]]);
    expect(await content.read("a", [...second, ...first])).toEqual([[3], { n: 1 }, "zwei — ✓"]);
    expect(content.end([...first, ...second])).toBe(Buffer.byteLength('{"n":1}\n"zwei — ✓"\n[3]\n'));
  });

  test("keeps appends that come at the same time apart", async () => {
    const { content } = await setUp();
    const appended = await Promise.all(Array.from({ length: 20 }, (_, n) => content.append("a", [{ n }])));
    const read = await content.read("a", appended.flat());
    expect(read).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })));
  });

  test("the next leader cuts what no row refers to, and goes on in a file of its own", async () => {
    const { folder, content, file } = await setUp();
    const kept = await content.append("a", ["kept"]);
    await appendFile(file, '"torn');
    const second = await led(folder, 2, content.end(kept));
    const next = await second.append("a", ["next"]);
    expect(next[0]?.offset).toBe(content.end(kept));
    expect(await second.read("a", [...next, ...kept])).toEqual(["next", "kept"]);
    expect(await readFile(file, "utf8")).toBe('"kept"\n');
  });

  test("a leader that was replaced without knowing it can harm nothing", async () => {
    const { folder, content } = await setUp();
    const first = await content.append("a", ["first"]);
    const second = await led(folder, 2, content.end(first));
    const committed = [...first, ...(await second.append("a", ["second"]))];
    await content.append("a", ["late"]);
    const late = createContentFiles(folder, realDisk, 1);
    await late.begin("a", content.end(first));
    await late.append("a", ["later"]);
    const reader = createContentFiles(folder, realDisk, null);
    expect(await reader.read("a", committed)).toEqual(["first", "second"]);
    const third = await led(folder, 3, reader.end(committed));
    const all = [...committed, ...(await third.append("a", ["third"]))];
    expect(await reader.read("a", all)).toEqual(["first", "second", "third"]);
  });

  test("one leader goes on behind what a failed transaction left", async () => {
    const { content } = await setUp();
    const first = await content.append("a", ["first"]);
    await content.append("a", ["nobody refers to it"]);
    await content.begin("a", content.end(first));
    const next = await content.append("a", ["next"]);
    expect(await content.read("a", [...first, ...next])).toEqual(["first", "next"]);
  });

  test("an append that the disk tore leaves the next one where the file ends", async () => {
    const { folder, file } = await setUp();
    let torn = true;
    const disk: Disk = {
      ...realDisk,
      async openAppend(path) {
        const opened = await realDisk.openAppend(path);
        return {
          async append(bytes) {
            await opened.append(torn ? bytes.subarray(0, 3) : bytes);
            if (torn) throw new Error("the disk is full");
          },
          appendNow: () => false,
          trim: () => opened.trim(),
          close: () => opened.close(),
        };
      },
    };
    const content = createContentFiles(folder, disk, 1);
    await content.begin("a", 0);
    await expect(content.append("a", ["torn"])).rejects.toThrow("full");
    torn = false;
    const next = [...(await content.append("a", ["next"])), ...(await content.append("a", ["last"]))];
    expect(await content.read("a", next)).toEqual(["next", "last"]);
    expect(await readFile(file, "utf8")).toBe('"to"next"\n"last"\n');
  });

  test("reads and continues the one file that a store of the first days has", async () => {
    const { folder } = await setUp();
    await writeFile(join(folder, "b.jsonl"), '"old"\n');
    const old = { offset: 0, length: 6, checksum: crc32('"old"\n') };
    const content = createContentFiles(folder, realDisk, 7);
    await content.begin("b", 6);
    expect(await content.read("b", [old, ...(await content.append("b", ["new"]))])).toEqual(["old", "new"]);
  });

  test("only reads where nobody leads, and appends to nothing that was not begun", async () => {
    const { folder, content } = await setUp();
    await expect(createContentFiles(folder, realDisk, null).begin("a", 0)).rejects.toThrow("opened to be read");
    await expect(content.append("c", ["x"])).rejects.toThrow("was not begun");
  });

  test.each([
    ["changed", (file: string) => writeFile(file, '"kepd"\n')],
    ["cut short", (file: string) => truncate(file, 3)],
  ])("says so when a record was %s", async (_, damage) => {
    const { content, file } = await setUp();
    const refs = await content.append("a", ["kept"]);
    await damage(file);
    await expect(content.read("a", refs)).rejects.toThrow("damaged at byte 0");
  });
});
