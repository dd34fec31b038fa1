import { expect, test } from "vitest";
import { z } from "zod";
import { agentTreeRowSchema, archivedTeamSchema } from "../../../src/protocol/records.ts";
import { createRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";

const teams = z.array(archivedTeamSchema);
const rows = z.array(agentTreeRowSchema);

const setUp = async () => {
  const { root } = await createRepository({ files: { "README.md": "# Project\n", "src/a.ts": "export {};\n" } });
  return createShell({ cwd: root, temporaryFolder: await temporaryFolder() });
};

test("puts a team away, shows it, and brings it back", async () => {
  const shell = await setUp();
  expect((await shell.run("demo", "--in-place")).code).toBe(0);
  const tree = rows.parse(await shell.json("tree"));
  const id = tree[0]?.id ?? "";
  const picture = (await shell.run("tree")).out;

  const archived = await shell.run("archive", "lead");
  expect(archived).toMatchObject({ code: 0, err: "" });
  expect(archived.out).toBe(`✓ Archived lead  2 agents\nBring it back with: banyan restore ${id}\n`);
  expect((await shell.run("tree")).out).toBe("No agents yet\n");
  const list = await shell.run("archived");
  expect(list.out).toMatch(/^TEAM +ID +AGENTS +TURNS +TOKENS +COST +ARCHIVED +TASK\n✓ lead +\w{10} +2 /);
  expect(teams.parse(await shell.json("archived"))).toMatchObject([{ rootId: id, name: "lead", agents: 2 }]);
  expect((await shell.run("archived", "lead")).out).toBe(picture);
  expect(await shell.json("archived", id)).toEqual(tree);

  for (const command of ["show", "archive", "merge", "diff"]) {
    expect(await shell.run(command, "lead")).toEqual({
      code: 2,
      out: "",
      err: `banyan: "lead" is archived with the team of lead: banyan restore ${id}\n`,
    });
  }
  expect(await shell.run("restore", "lead")).toEqual({ code: 0, out: "✓ lead  is back\n", err: "" });
  expect((await shell.run("tree")).out).toBe(picture);
  expect((await shell.run("archived")).out).toBe("No archived teams\n");
  expect(await shell.run("restore", "lead")).toMatchObject({
    code: 2,
    err: 'banyan: There is no archived team "lead": see banyan archived.\n',
  });
  expect(archivedTeamSchema.parse(await shell.json("archive", id)).rootId).toBe(id);
  expect(await shell.json("restore", id)).toMatchObject({ id, name: "lead" });
});

test("has nothing to show where agents never worked", async () => {
  const shell = await setUp();
  expect(await shell.run("archived")).toEqual({ code: 0, out: "No archived teams\n", err: "" });
  expect(await shell.json("archived")).toEqual([]);
  for (const args of [
    ["archive", "x"],
    ["archived", "x"],
    ["restore", "x"],
  ]) {
    expect(await shell.run(...args)).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^banyan: [^\n]+\n$/),
    });
  }
  expect(await shell.run("archive")).toMatchObject({
    code: 2,
    err: "banyan: banyan archive needs AGENT: banyan archive AGENT\n",
  });
});
