import { expect, test } from "vitest";
import { notesOf, partsOf, pathsText, sizesText, sizeText } from "../../../../src/webview/review/fileWords.ts";
import { piecesOf } from "../../../../src/webview/review/lineText.ts";
import { fileReview, reviewFile } from "./builders.ts";

const text = (line: Parameters<typeof piecesOf>[0]) => piecesOf(line).map((piece) => [piece.text, piece.className]);

test("sizes are told in the unit that reads best", () => {
  expect([1, 512, 1024, 12_345, 3_565_158].map(sizeText)).toEqual(["1 byte", "512 bytes", "1 KB", "12 KB", "3.4 MB"]);
  expect(sizesText({ baseSize: 12_288, workSize: 14_336 })).toBe("12 KB → 14 KB");
  expect(sizesText({ baseSize: null, workSize: 5 })).toBe("5 bytes");
});

test("a file whose lines are not shown says why", () => {
  const omitted = (why: "binary" | "large" | "submodule") => ({ hunks: [], omitted: why });
  const file = reviewFile({ baseSize: 12_288, workSize: 14_336 });
  expect(notesOf(file, omitted("binary"))).toEqual(["Binary file, 12 KB → 14 KB."]);
  expect(notesOf(file, omitted("large"))[0]).toMatch(/^Too large to be shown here, 12 KB → 14 KB/);
  expect(notesOf(file, omitted("submodule"))).toEqual(["Submodule: it names another commit."]);
});

test("a file that changed without a line says what changed", () => {
  const empty = { hunks: [], omitted: null };
  expect(notesOf(reviewFile({ status: "renamed", previousPath: "b" }), empty)).toEqual([
    "Renamed; its text is the same.",
  ]);
  expect(notesOf(reviewFile({ workMode: "100755" }), empty)).toEqual(["Was a file (100644), is a program (100755)."]);
  expect(notesOf(reviewFile({ status: "added", baseMode: null, baseSize: null }), empty)).toEqual(["An empty file."]);
  expect(notesOf(reviewFile(), fileReview("a"))).toEqual([]);
});

test("paths are taken apart, and long lists of them cut", () => {
  expect(partsOf("src/deep/a.ts")).toEqual({ folder: "src/deep/", name: "a.ts" });
  expect(partsOf("a.ts")).toEqual({ folder: "", name: "a.ts" });
  expect(pathsText(["a", "b", "c", "d", "e", "f"])).toBe("a, b, c, d and 2 more");
});

test("what nobody sees in a line is shown by its number", () => {
  expect(text({ kind: "context", text: "a\u202eb\u0007" })).toEqual([["a\\u202eb\\u0007", null]]);
});

test("blanks at the end of what was changed are marked, and a carriage return is shown", () => {
  expect(text({ kind: "added", text: "x  \t\r" })).toEqual([
    ["x", null],
    ["  \t", "blanks"],
    ["␍", "return"],
  ]);
  expect(text({ kind: "context", text: "x  \r" })).toEqual([["x  ", null]]);
});

test("the end of an overlong line is left out", () => {
  const pieces = piecesOf({ kind: "added", text: "y".repeat(1_000_000) });
  expect(pieces.map((piece) => piece.text.length)).toEqual([5_000, 25]);
  expect(pieces[1]?.text).toBe("… 995,000 characters more");
});
