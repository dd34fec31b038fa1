import { appendFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { realDisk } from "../../../../src/engine/store/disk.ts";
import { temporaryFolder } from "../../../support/store.ts";

const ROOM = 10_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const path = async () => join(await temporaryFolder(), "file");
const contentOf = async (file: string) => (await readFile(file, "utf8")).replace(/\0+$/, "");

describe("a file that is appended to", () => {
  test("holds what was appended, in place or not, and zeros behind it", async () => {
    const name = await path();
    const file = await realDisk.openAppend(name, ROOM);
    let expected = "";
    for (let index = 0; index < 40; index++) {
      const line = `${index}: ${"x".repeat(index * 13)}\n`;
      if (!file.appendNow(bytes(line))) await file.append(bytes(line));
      expected += line;
    }
    expect(await contentOf(name)).toBe(expected);
    expect((await stat(name)).size).toBeGreaterThan(expected.length);
    await file.trim();
    await file.close();
    expect(await readFile(name, "utf8")).toBe(expected);
  });

  test("goes on at its end when it is opened again", async () => {
    const name = await path();
    await appendFile(name, "one ");
    const file = await realDisk.openAppend(name);
    await file.append(bytes("two "));
    await file.append(bytes("three"));
    await file.trim();
    await file.close();
    expect(await readFile(name, "utf8")).toBe("one two three");
  });

  test("is not waited for in place before it was quick, nor when it is much", async () => {
    const file = await realDisk.openAppend(await path(), ROOM);
    expect(file.appendNow(bytes("first"))).toBe(false);
    for (let index = 0; index < 20; index++) await file.append(bytes("more"));
    expect(file.appendNow(new Uint8Array(ROOM * 10))).toBe(false);
    await file.close();
  });
});

describe("a file that is read", () => {
  test("is read at any place, and says so where there is less", async () => {
    const name = await path();
    await realDisk.write(name, [bytes("abc"), bytes("def")]);
    const file = await realDisk.openRead(name);
    const into = new Uint8Array(3);
    file?.readNow(into, 2);
    expect(new TextDecoder().decode(into)).toBe("cde");
    await file?.read(into, 3);
    expect(new TextDecoder().decode(into)).toBe("def");
    expect(() => file?.readNow(into, 4)).toThrow("shorter");
    await expect(file?.read(into, 4)).rejects.toThrow("shorter");
    file?.close();
  });

  test("is not there where there is none", async () => {
    expect(await realDisk.openRead(await path())).toBeUndefined();
  });
});
