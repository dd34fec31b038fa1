import { describe, expect, test } from "vitest";
import { clashesByAgent, clashWords } from "../../../src/protocol/collisions.ts";
import type { Collision } from "../../../src/protocol/records.ts";

const collision = (agentId: string, otherId: string | null, files: string[], otherBranch = "main"): Collision => ({
  agentId,
  otherId,
  otherBranch,
  files,
});
const nameOf = (id: string) => id.toUpperCase();

describe("collisions", () => {
  test("stand at both agents, once, whichever way they are told", () => {
    const clashes = clashesByAgent([collision("a", "b", ["x"]), collision("b", "a", ["x"])]);
    expect(clashes.get("a")).toMatchObject([{ otherId: "b", files: ["x"] }]);
    expect(clashes.get("b")).toMatchObject([{ otherId: "a", files: ["x"] }]);
  });

  test("with two of the user's branches are two", () => {
    const clashes = clashesByAgent([collision("a", null, ["x"]), collision("a", null, ["y"], "release")]);
    expect(clashes.get("a")).toHaveLength(2);
  });

  test("are told in one line, each file counted once", () => {
    const words = (...collisions: Collision[]) => clashWords(clashesByAgent(collisions).get("a") ?? [], nameOf);
    expect(words()).toBe("");
    expect(words(collision("a", "b", ["x"]))).toBe("collides with B in 1 file");
    expect(words(collision("a", "b", ["x", "y"]), collision("a", null, ["x"]))).toBe(
      "collides with B and main in 2 files",
    );
    expect(words(...["b", "c", "d", "e"].map((other) => collision("a", other, ["x"])))).toBe(
      "collides with B, C and 2 others in 1 file",
    );
  });
});
