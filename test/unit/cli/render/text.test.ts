import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  firstLine,
  formatCount,
  formatDuration,
  formatInstant,
  inert,
  oneLine,
  plural,
  quoted,
  truncate,
  widthOf,
  wrap,
} from "../../../../src/cli/render/text.ts";

describe("inert text", () => {
  test.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["cursor moves", "a\u001b[2J\u001b[1;1Hb", "ab"],
    ["a title that ends with a bell", "\u001b]0;title\u0007text", "text"],
    ["a link that ends with a string terminator", "\u001b]8;;https://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["a device control string", "\u001bP1$r0m\u001b\\text", "text"],
    ["C1 control sequences", "\u009b31mred", "red"],
    ["two-character escapes", "\u001bcreset\u001b(B", "reset"],
    ["a lone escape", "a\u001b", "a"],
    ["bells, backspaces and deletes", "a\u0007\b\u007fb", "ab"],
    ["C1 controls", "a\u0085\u0090b", "ab"],
    ["what turns the direction of text", "a\u202e\u2066b\u2069\u200f\u061cc", "abc"],
    ["tags and byte order marks", "a\u{e0041}\ufeffb", "ab"],
  ])("loses %s", (_, text, expected) => {
    expect(inert(text)).toBe(expected);
  });

  test("keeps the text behind a control string that has no end", () => {
    expect(inert("\u001b]0;title\nnext")).toBe("0;title\nnext");
  });

  test("keeps tabs, line feeds, joiners and every letter", () => {
    expect(inert("a\tb\nנ ü 漢 👩‍👩‍👧")).toBe("a\tb\nנ ü 漢 👩‍👩‍👧");
  });

  test("makes one line feed of every kind of line break", () => {
    expect(inert("a\r\nb\u2028c\u2029d")).toBe("a\nb\nc\nd");
    expect(inert("progress 1%\rprogress 2%")).toBe("progress 1%progress 2%");
  });

  test("leaves no control character in anything, and is the same when done again", () => {
    const pieces = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "\u009b",
      "0",
      ";",
      "m",
      "\u0007",
      "\\",
      "a",
      "\u202e",
      "\r\n",
      "P",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" }))), (parts) => {
        const text = inert(parts.join(""));
        expect(text.replace(/[\t\n]/g, "")).not.toMatch(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
        expect(inert(text)).toBe(text);
      }),
    );
  });

  test("becomes one line", () => {
    expect(oneLine("  a\r\n\tb\u001b[1m  c \n")).toBe("a b c");
    expect(firstLine("\n\n  First  line\nsecond")).toBe("First line");
    expect(firstLine("\u001b[0m\n")).toBe("");
    expect(quoted("a\nb")).toBe('"a b"');
  });
});

describe("width", () => {
  test.each([
    ["", 0],
    ["abc", 3],
    ["漢字", 4],
    ["한국", 4],
    ["かな", 4],
    ["ｶﾅ", 2],
    ["ＡＢ", 4],
    ["é", 1],
    ["e\u0301", 1],
    ["🙂", 2],
    ["👩‍👩‍👧", 2],
    ["❤️", 2],
    ["│└─✓", 4],
  ])("of %j is %i", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test("is not exceeded by truncated text", () => {
    expect(truncate("abcdef", 6)).toBe("abcdef");
    expect(truncate("abcdef", 4)).toBe("abc…");
    expect(truncate("漢字漢字", 4)).toBe("漢…");
    expect(truncate("one two", 5)).toBe("one…");
    expect(truncate("abc", 0)).toBe("");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, width) => {
        expect(widthOf(truncate(inert(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("figures", () => {
  test("are grouped and counted", () => {
    expect(formatCount(1234567)).toBe("1,234,567");
    expect(plural(1, "file")).toBe("1 file");
    expect(plural(2000, "branch", "branches")).toBe("2,000 branches");
  });

  test.each([
    [-5, "0.00s"],
    [420, "0.42s"],
    [12_340, "12.3s"],
    [185_000, "3m 05s"],
    [7_620_000, "2h 07m"],
  ])("tell %i ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("tell an instant in a zone", () => {
    expect(formatInstant(Date.UTC(2026, 2, 1, 13, 5, 9), "Europe/Berlin")).toBe("2026-03-01 14:05:09");
  });
});

test("running text is broken between words, a longer word stands alone", () => {
  expect(wrap("one two  three\nfour", 9)).toEqual(["one two", "three", "four"]);
  expect(wrap("an extraordinary word", 5)).toEqual(["an", "extraordinary", "word"]);
  expect(wrap(" ", 5)).toEqual([]);
});
