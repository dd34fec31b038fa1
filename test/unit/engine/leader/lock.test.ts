import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { silentLogger } from "../../../../src/base/log.ts";
import { takeLead } from "../../../../src/engine/leader/lock.ts";
import { realDisk } from "../../../../src/engine/store/disk.ts";
import { beginSegment } from "../../../../src/engine/store/journal.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { createCountingIds } from "../../../support/ids.ts";
import { expectOk, expectRefused, temporaryFolder } from "../../../support/store.ts";

async function setUp() {
  const folder = await temporaryFolder();
  const ids = createCountingIds();
  const clock = createFakeClock();
  const take = () => takeLead(folder, { label: "a test", token: ids.unique(), clock, log: silentLogger });
  return { folder, file: join(folder, "leader.json"), take };
}

describe("the lead", () => {
  test("is held by one, and given on with a higher epoch", async () => {
    const { take } = await setUp();
    const first = expectOk(await take());
    expect(first.isCurrent()).toBe(true);
    expect(expectRefused(await take()).code).toBe("store_locked");
    await first.release();
    expect(first.isCurrent()).toBe(false);
    const second = expectOk(await take());
    expect(second.epoch).toBe(first.epoch + 1);
    expect(second.isCurrent()).toBe(true);
  });

  test.each([
    ["another holds it", (file: string, content: string) => writeFile(file, content.replace("id-000001", "id-000009"))],
    ["the file is gone", (file: string) => rm(file)],
    ["the file can't be read", (file: string) => writeFile(file, "")],
  ])("is lost when %s, and is not given back then", async (_, change) => {
    const { file, take } = await setUp();
    const lead = expectOk(await take());
    await change(file, await readFile(file, "utf8"));
    expect(lead.isCurrent()).toBe(false);
    const before = await readFile(file, "utf8").catch(() => "gone");
    await lead.release();
    expect(await readFile(file, "utf8").catch(() => "gone")).toBe(before);
  });
});

describe("a lock's file", () => {
  test("that came with a copy of the repository says nothing of who leads the copy", async () => {
    const { file, take } = await setUp();
    expectOk(await take());
    const copy = await setUp();
    await copyFile(file, copy.file);
    expect(expectOk(await copy.take()).before).toBeNull();
  });

  test("that was damaged gives out no epoch a second time", async () => {
    const { folder, file, take } = await setUp();
    const first = expectOk(await take());
    const journal = await beginSegment(realDisk, folder, {
      segment: 1,
      sealed: null,
      sequence: 0,
      epoch: 7,
      sqlite: "3",
    });
    await journal.close();
    await writeFile(file, "{");
    expect(first.isCurrent()).toBe(false);
    expect(expectOk(await take()).epoch).toBe(8);
  });

  test("that can't be read refuses, since somebody may lead", async () => {
    const { file, take } = await setUp();
    await mkdir(file);
    expect(expectRefused(await take()).code).toBe("not_writable");
  });
});
