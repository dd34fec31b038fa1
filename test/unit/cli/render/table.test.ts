import { describe, expect, test } from "vitest";
import { line } from "../../../../src/cli/render/line.ts";
import { elastic, left, pliable, right, spare, table } from "../../../../src/cli/render/table.ts";
import { textOf } from "../support/lines.ts";

const columns = [elastic(6, left("AGENT")), spare(1, left("ID")), spare(2, right("TURNS")), right("COST")];
const rows = [
  [line("survey-src"), line("bbbbbbbbbb"), line("3"), line("$0.50")],
  [line("lead"), line("aaaaaaaaaa"), line("12"), line("$1.00")],
];

describe("a table", () => {
  test("has all its columns where there is room", () => {
    expect(textOf(table(columns, rows, 36))).toBe(`
AGENT       ID          TURNS   COST
survey-src  bbbbbbbbbb      3  $0.50
lead        aaaaaaaaaa     12  $1.00
`);
  });

  test("cuts what may be cut before it leaves a column out", () => {
    expect(textOf(table(columns, rows, 34))).toBe(`
AGENT     ID          TURNS   COST
survey-…  bbbbbbbbbb      3  $0.50
lead      aaaaaaaaaa     12  $1.00
`);
  });

  test("leaves columns out before it cuts what may be cut last", () => {
    expect(textOf(table([pliable(6, left("AGENT")), ...columns.slice(1)], rows, 34))).toBe(`
AGENT       ID           COST
survey-src  bbbbbbbbbb  $0.50
lead        aaaaaaaaaa  $1.00
`);
  });

  test("leaves out what is missed least first", () => {
    expect(textOf(table(columns, rows, 30))).toBe(`
AGENT       ID           COST
survey-src  bbbbbbbbbb  $0.50
lead        aaaaaaaaaa  $1.00
`);
    expect(textOf(table(columns, rows, 20))).toBe(`
AGENT        COST
survey-src  $0.50
lead        $1.00
`);
  });

  test("is cut at the edge where nothing more can be left out", () => {
    expect(textOf(table(columns, rows, 12))).toBe(`
AGENT    CO…
surve…  $0.…
lead    $1.…
`);
  });
});
