import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBanyanRole } from "../../../../src/engine/roles/formats/banyan.ts";
import { readClaudeRole } from "../../../../src/engine/roles/formats/claude.ts";
import { readCopilotRole } from "../../../../src/engine/roles/formats/copilot.ts";
import { knownTools } from "./checkout.ts";

const page = readFileSync("docs/roles.md", "utf8");
const vocabulary = { knownTools, modelAliases: new Map<string, string>() };

test("the example of the page is a role, and has every field", () => {
  const text = /```markdown\n(.*?)```/s.exec(page)?.[1] ?? "";
  const reading = readBanyanRole({ path: ".banyan/roles/migrations.md", stem: "migrations", text }, vocabulary);
  expect(reading).toMatchObject({ kind: "role", leftOut: [], role: { name: "migrations", mode: "edit" } });
  if (reading.kind !== "role") return;
  for (const [field, value] of Object.entries(reading.role))
    expect({ field, value }).not.toEqual({ field, value: null });
});

/** Every tool of theirs that the page's table has in a column, with those of ours in whose rows it stands. */
function tableOf(column: 2 | 3): ReadonlyMap<string, readonly string[]> {
  const rows = page.slice(page.indexOf("| tool here |")).split("\n\n", 1)[0]?.split("\n").slice(2) ?? [];
  const names = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const table = new Map<string, string[]>();
  for (const row of rows) {
    const cells = row.split("|");
    for (const name of names(cells[column])) table.set(name, [...(table.get(name) ?? []), ...names(cells[1])]);
  }
  return table;
}

test.each([
  ["Claude Code", 2, readClaudeRole],
  ["VS Code and GitHub", 3, readCopilotRole],
] as const)("the tools of %s are what the page says", (_, column, format) => {
  const table = tableOf(column);
  expect(table.size).toBeGreaterThan(6);
  for (const [theirs, ours] of table) {
    const text = `---\nname: a\ndescription: d\ntools: [${theirs}]\n---\nx`;
    const reading = format({ path: "a.md", stem: "a", text }, vocabulary);
    const always = ["send_message", "ask", "wait", "report"];
    const expected = knownTools.filter((tool) => [...ours, ...always].includes(tool));
    expect({ theirs, reading }).toMatchObject({ theirs, reading: { kind: "role", role: { tools: expected } } });
  }
});
