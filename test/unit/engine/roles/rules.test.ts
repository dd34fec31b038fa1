import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtInRoles } from "../../../../src/engine/roles/builtIn/roles.ts";
import { describeRoles } from "../../../../src/engine/roles/describe.ts";
import { narrowRights, stricterMode, suggestedAmount } from "../../../../src/engine/roles/narrow.ts";
import type { Role } from "../../../../src/engine/roles/role.ts";
import { permissionModes } from "../../../../src/protocol/words.ts";
import { knownTools } from "./checkout.ts";

const roles = builtInRoles({ knownTools, modelAliases: new Map() });

describe("the roles that ship", () => {
  test("are four, each with what it is told", () => {
    expect(roles.map((role) => role.name)).toEqual(["coder", "lead", "reviewer", "tester"]);
    for (const role of roles) {
      expect(role.instructions).toContain("report");
      expect(role.description.length).toBeLessThan(150);
    }
  });

  test("a reviewer can change nothing", () => {
    const reviewer = roles.find((role) => role.name === "reviewer");
    expect(reviewer?.mode).toBe("plan");
    expect(reviewer?.tools).toEqual([
      ...["read_file", "list_files", "search", "diff", "log", "status"],
      ...["send_message", "ask", "wait", "report"],
    ]);
  });

  test("speak of tools that there are", () => {
    for (const { instructions, name } of roles) {
      const spoken = instructions.match(/\b[a-z]+_[a-z]+\b/g) ?? [];
      expect({ name, unknown: spoken.filter((tool) => !knownTools.includes(tool)) }).toEqual({ name, unknown: [] });
    }
  });
});

describe("rights", () => {
  const mode = fc.constantFrom(...permissionModes);
  const tools = fc.subarray([...knownTools, "made_up"]);

  test("no role gives a child what its parent has not", () => {
    fc.assert(
      fc.property(tools, mode, fc.option(tools), fc.option(mode), (parents, parentMode, roles, roleMode) => {
        const child = narrowRights({ tools: parents, mode: parentMode }, { tools: roles, mode: roleMode });
        expect(child.tools.every((tool) => parents.includes(tool))).toBe(true);
        expect(roles === null || child.tools.every((tool) => roles.includes(tool))).toBe(true);
        expect(permissionModes.indexOf(child.mode)).toBeLessThanOrEqual(permissionModes.indexOf(parentMode));
        expect(roleMode === null || stricterMode(child.mode, roleMode) === child.mode).toBe(true);
      }),
    );
  });

  test("a budget is at most what the parent has", () => {
    expect(suggestedAmount(null, 10)).toBeUndefined();
    expect(suggestedAmount(5, 10)).toBe(5);
    expect(suggestedAmount(50, 10)).toBe(10);
  });
});

describe("the list for a model", () => {
  const many = (count: number, description: string): Role[] =>
    Array.from({ length: count }, (_, n) => ({
      name: `role-${n}`,
      description,
      instructions: "x",
      model: null,
      tools: null,
      mode: null,
      budgetUsd: null,
      budgetTokens: null,
      source: "x",
    }));

  test("is one line a role", () => {
    expect(describeRoles(roles)).toBe(roles.map(({ name, description }) => `- ${name} — ${description}`).join("\n"));
    expect(describeRoles([])).toBe("");
    expect(describeRoles(many(1, "One\n- fake — Line."))).toBe("- role-0 — One - fake — Line.");
  });

  test("is bounded, and counts what it leaves out", () => {
    const text = describeRoles(many(300, "word ".repeat(100)));
    expect(text.length).toBeLessThan(4_100);
    const lines = text.split("\n");
    expect(lines.at(-1)).toBe(`… and ${300 - lines.length + 1} more`);
    for (const line of lines) expect(line.length).toBeLessThan(220);
  });

  test("cuts no character in two", () => {
    for (const shift of ["", "a"]) {
      expect(describeRoles(many(1, shift + "🌳".repeat(300)))).toMatch(/^- role-0 — a?(🌳)+…$/u);
    }
  });
});
