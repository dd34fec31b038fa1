import { describe, expect, test } from "vitest";
import {
  chooseIgnored,
  describeLeftOut,
  groupIgnored,
  readLeftOut,
} from "../../../../src/engine/worktrees/ignoredChoice.ts";

const file = (path: string, bytes: number) => ({ path, bytes });
const caps = { perFile: 100, together: 150 };

describe("of ignored files", () => {
  test("whole groups are kept, the smallest first, as long as they fit", () => {
    const groups = groupIgnored(
      [file("deps/a", 80), file("deps/b/c", 80), file(".env", 10), file("out/x", 60), file("deps.log", 70)],
      new Set(["deps/", "out/"]),
    );
    expect(groups.map(({ name }) => name)).toEqual(["deps/", ".env", "out/", "deps.log"]);
    const { kept, leftOut } = chooseIgnored(groups, caps);
    expect(kept.map(({ path }) => path)).toEqual([".env", "out/x", "deps.log"]);
    expect(leftOut).toEqual([file("deps/", 160)]);
  });

  test("one that is too large is left out alone", () => {
    const { kept, leftOut } = chooseIgnored(
      groupIgnored([file("db/big", 101), file("db/small", 100)], new Set(["db/"])),
      caps,
    );
    expect([kept, leftOut]).toEqual([[file("db/small", 100)], [file("db/big", 101)]]);
  });

  test("what is left out can be read from what is said of it, whatever its name", () => {
    const leftOut = [file('a b\n- "c" 5', 1), file("ü", 2 ** 40)];
    expect(readLeftOut(`Ignored files\n\n${describeLeftOut(leftOut)}\n`)).toEqual(leftOut);
    expect(describeLeftOut([])).toBe("");
    expect(readLeftOut("Ignored files of x\n")).toEqual([]);
    const many = Array.from({ length: 300 }, (_, index) => file(`f${index}`, 1));
    expect(describeLeftOut(many)).toContain("and 100 more");
    expect(readLeftOut(describeLeftOut(many))).toHaveLength(200);
  });
});
