import { describe, expect, test } from "vitest";
import type { ChangedFile } from "../../../src/protocol/records.ts";
import { pagesOf } from "../../../src/vscode/changePages.ts";
import { MAX_SHOWN, shownText } from "../../../src/vscode/fileText.ts";
import { scriptModel } from "../../../src/vscode/scriptModel.ts";

const file = (path: string, changes: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  status: "modified",
  previousPath: null,
  added: 1,
  deleted: 1,
  ...changes,
});
const diff = (files: readonly ChangedFile[]) => ({ baseCommit: "base", headCommit: "head", files });

describe("the pages of a diff", () => {
  test("have a side only where the file is", () => {
    const files = [
      file("m"),
      file("a", { status: "added" }),
      file("d", { status: "deleted" }),
      file("r", { status: "renamed", previousPath: "old" }),
    ];
    expect(pagesOf(diff(files))[0]?.rows).toEqual([
      { path: "m", before: { commit: "base", path: "m" }, after: { commit: "head", path: "m" } },
      { path: "a", before: undefined, after: { commit: "head", path: "a" } },
      { path: "d", before: { commit: "base", path: "d" }, after: undefined },
      { path: "r", before: { commit: "base", path: "old" }, after: { commit: "head", path: "r" } },
    ]);
  });

  test("hold a hundred files each and say which", () => {
    const pages = pagesOf(diff(Array.from({ length: 250 }, (_, index) => file(`f${index}`))));
    expect(pages.map(({ suffix }) => suffix)).toEqual([" (1–100 of 250)", " (101–200 of 250)", " (201–250 of 250)"]);
    expect(pages.map(({ rows }) => rows.length)).toEqual([100, 100, 50]);
    expect(pagesOf(diff([file("x")]))[0]?.suffix).toBe("");
    expect(pagesOf(diff([]))).toEqual([]);
  });
});

describe("a file's text in a diff", () => {
  test("is the file, byte order mark and all, and nothing where there is none", () => {
    expect(shownText(new TextEncoder().encode("\ufeffaé😀\r\n"))).toBe("\ufeffaé😀\r\n");
    expect(shownText(undefined)).toBe("");
  });

  test("of a binary or very large one is a line that differs whenever the bytes do", () => {
    expect(shownText(Uint8Array.of(1, 0, 2))).toMatch(
      /^Binary file, 3 bytes, SHA-256 [0-9a-f]{64}: not shown here\.\n$/,
    );
    expect(shownText(Uint8Array.of(1, 0, 2))).not.toBe(shownText(Uint8Array.of(1, 0, 3)));
    expect(shownText(new Uint8Array(MAX_SHOWN + 1).fill(97))).toMatch(/^Large file, 5,242,881 bytes/);
    expect(shownText(new Uint8Array(MAX_SHOWN).fill(97))).toHaveLength(MAX_SHOWN);
  });
});

test("a script is named from the repository where it lies in it", () => {
  expect(scriptModel("/repo/scripts/a.yaml", "/repo")).toBe("script/scripts/a.yaml");
  expect(scriptModel("/else/a.yaml", "/repo")).toBe("script//else/a.yaml");
  expect(scriptModel("/repo2/a.yaml", "/repo")).toBe("script//repo2/a.yaml");
  expect(scriptModel("/else/a.yaml", undefined)).toBe("script//else/a.yaml");
});
