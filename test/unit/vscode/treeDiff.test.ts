import { describe, expect, test } from "vitest";
import { diffTrees } from "../../../src/vscode/treeDiff.ts";
import { agentRow } from "./builders.ts";

const a = agentRow({ id: "a" });
const b = agentRow({ id: "b", parentId: "a" });
const c = agentRow({ id: "c", parentId: "a" });
const d = agentRow({ id: "d", parentId: "b" });

describe("the difference of two trees", () => {
  test("is nothing where nothing changed", () => {
    expect(diffTrees([a, b], [{ ...a }, { ...b }])).toEqual({ kind: "none" });
  });

  test("is the item whose row changed, not those around it", () => {
    expect(diffTrees([a, b, c], [a, { ...b, status: "failed" }, c])).toEqual({ kind: "some", ids: ["b"] });
  });

  test("is the parent where a child came, went or moved", () => {
    expect(diffTrees([a, b, d], [a, b, d, { ...d, id: "e" }])).toEqual({ kind: "some", ids: ["b"] });
    expect(diffTrees([a, b, c], [a, b])).toEqual({ kind: "some", ids: ["a"] });
    expect(diffTrees([a, b, c], [a, c, b])).toEqual({ kind: "some", ids: ["a"] });
  });

  test("is the parent of an agent that hired its first one, so that it is drawn unfolded", () => {
    expect(diffTrees([a, b], [a, b, d])).toEqual({ kind: "some", ids: ["a", "b"] });
    expect(diffTrees([a], [a, b])).toEqual({ kind: "all" });
  });

  test("is everything where a root came or went", () => {
    expect(diffTrees([], [a])).toEqual({ kind: "all" });
    expect(diffTrees([a], [])).toEqual({ kind: "all" });
  });
});
