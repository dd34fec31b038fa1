import { appendFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createContentFiles } from "../../../../src/engine/store/content.ts";
import { realDisk } from "../../../../src/engine/store/disk.ts";
import { temporaryFolder } from "../../../support/store.ts";

async function setUp() {
  const folder = await temporaryFolder();
  return { content: createContentFiles(folder, realDisk), file: join(folder, "a.jsonl") };
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

  test("cuts what no row refers to, and appends after it", async () => {
    const { content, file } = await setUp();
    const kept = await content.append("a", ["kept"]);
    await appendFile(file, '"torn');
    await content.cut("a", content.end(kept));
    const next = await content.append("a", ["next"]);
    expect(await content.read("a", [...kept, ...next])).toEqual(["kept", "next"]);
  });

  test("cutting where there is no file does nothing", async () => {
    const { content } = await setUp();
    await content.cut("nobody", 0);
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
