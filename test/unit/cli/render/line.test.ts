import { describe, expect, test } from "vitest";
import { indent, line, lines, paint, plain, span, truncateLine } from "../../../../src/cli/render/line.ts";
import { left, right, table } from "../../../../src/cli/render/table.ts";
import { textOf } from "../support/lines.ts";

describe("a line", () => {
  test("is painted in its tones, or plain", () => {
    const spans = [span("ok", "green"), span(" "), span("rest")];
    expect(paint(spans, true)).toBe("\u001b[32mok\u001b[0m rest");
    expect(paint(spans, false)).toBe("ok rest");
  });

  test("never carries what a terminal would obey", () => {
    expect(plain(line("\u001b[31ma\tb\nc\u0007"))).toBe("a b c");
  });

  test("is cut across its pieces", () => {
    const spans = [span("abc"), span("def", "red"), span("ghi")];
    expect(plain(truncateLine(spans, 9))).toBe("abcdefghi");
    expect(plain(truncateLine(spans, 8))).toBe("abcdefg…");
    expect(plain(truncateLine(spans, 6))).toBe("abcde…");
    expect(plain(truncateLine(spans, 3))).toBe("ab…");
  });

  test("of several becomes several, moved to the right", () => {
    expect(indent(lines("a\n\tb\n")).map(plain)).toEqual(["  a", "      b", ""]);
  });
});

describe("a table", () => {
  test("aligns columns by width, and pads nothing at the end of a line", () => {
    const rows = [
      [line("漢字"), line("1"), line("note")],
      [line("a"), line("1,000"), line("")],
    ];
    expect(textOf(table([left("NAME"), right("N"), left("")], rows))).toBe(`
NAME      N
漢字      1  note
a     1,000
`);
  });

  test("has no heading where no column has a title", () => {
    expect(textOf(table([left(""), left("")], [[line("a"), line("b")]]))).toBe("\na  b\n");
  });
});
