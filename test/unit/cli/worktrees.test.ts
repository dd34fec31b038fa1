import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatBytes } from "../../../src/cli/render/text.ts";
import {
  cleanReportSchema,
  orphanSchema,
  restoreReportSchema,
  worktreeRecordSchema,
} from "../../../src/protocol/records.ts";
import { createRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";

const worktrees = z.array(worktreeRecordSchema);

/** A lead that wrote a file, and what came after it had ended. */
async function setUp() {
  const repository = await createRepository({ files: { "a.txt": "a\n", ".gitignore": "*.log\n" } });
  const temporary = await temporaryFolder();
  const script = {
    agents: [
      {
        turns: [
          { calls: [{ tool: "write_file", input: { path: "b.txt", content: "b\n" } }] },
          { calls: [{ tool: "report", input: { status: "completed", summary: "Wrote." } }] },
        ],
      },
    ],
  };
  await writeFile(join(temporary, "script.json"), JSON.stringify(script));
  const shell = createShell({ cwd: repository.root, temporaryFolder: temporary });
  const spawned = await shell.run("spawn", "Write b", "--model", `script/${join(temporary, "script.json")}`);
  expect(spawned).toMatchObject({ code: 0, err: "" });
  const [record] = worktrees.parse(await shell.json("worktrees"));
  if (record === undefined) throw new Error("there is no worktree");
  await writeFile(join(record.path, "a.txt"), "changed since\n");
  await writeFile(join(record.path, "debug.log"), "ignored\n");
  return { repository, temporary, shell, record };
}

test("cleans up what has ended, shows what is kept, and brings it back", async () => {
  const { repository, shell, record } = await setUp();
  const path = record.path;
  expect((await shell.run("worktrees", "clean")).out).toBe("Nothing to clean up\n");
  expect(await shell.run("worktrees", "clean", "--all-ended")).toEqual({
    code: 0,
    out: `· ${record.branch}  ${path} would be removed; its branch and files are kept\n`,
    err: "Nothing was changed. Do it with --yes.\n",
  });
  expect(await readdir(path)).toContain("debug.log");
  expect(await shell.run("worktrees", "clean", "lead", "--yes")).toEqual({
    code: 0,
    out: `✓ ${record.branch}  ${path} is removed; its branch and files are kept\n`,
    err: "",
  });
  const standing = await readdir(join(path, ".."));
  expect(standing.filter((name) => !name.startsWith(".ready-"))).toEqual([".gitignore"]);
  const list = await shell.run("worktrees");
  expect(list.out).toMatch(/^lead +removed +banyan\/lead-\w+ +main/m);
  expect(list.out).toMatch(/^REMOVED +WHEN +KEPT[^\n]*\nlead +\d{4}-\S+ \S+ +its branch, all files, ignored ones/m);
  expect(list.out).toContain("Bring one back with: banyan worktrees restore AGENT\n");
  expect(worktrees.parse(await shell.json("worktrees", "list"))).toMatchObject([{ status: "removed" }]);

  expect(await shell.run("worktrees", "restore", "lead")).toEqual({
    code: 0,
    out: `✓ lead  is back in ${path}\n`,
    err: "",
  });
  expect(await readFile(join(path, "a.txt"), "utf8")).toBe("changed since\n");
  expect(await readFile(join(path, "debug.log"), "utf8")).toBe("ignored\n");
  expect(await repository.gitIn(path, "status", "--porcelain")).toBe("M a.txt");
});

test("writes what is kept into a folder, and forgets it when it is told to", async () => {
  const { repository, temporary, shell, record } = await setUp();
  expect(cleanReportSchema.parse(await shell.json("worktrees", "clean", "--all-ended", "--yes")).removed).toHaveLength(
    1,
  );
  const report = restoreReportSchema.parse(
    await shell.json("worktrees", "restore", "lead", "--to", join(temporary, "out")),
  );
  expect(report).toMatchObject({ path: join(temporary, "out"), leftOut: [] });
  expect((await readdir(join(temporary, "out"))).sort()).toEqual([".gitignore", "a.txt", "b.txt", "debug.log"]);
  expect(await shell.run("worktrees", "restore", "lead", "--to", join(temporary, "out"))).toMatchObject({
    code: 2,
    err: expect.stringContaining("give a folder that is empty or isn't there"),
  });
  expect((await shell.run("worktrees", "clean", "lead", "--purge", "--yes")).out).toBe(
    `✓ ${record.branch}  what was uncommitted or ignored is forgotten; the branch stays\n`,
  );
  expect(await repository.git("for-each-ref", "refs/banyan")).toBe("");
  expect(await repository.git("branch", "--list", record.branch)).toContain(record.branch);
  expect((await shell.run("worktrees")).out).toMatch(/^lead +\d{4}-\S+ \S+ +its branch\n/m);
});

test("shows orphans, and keeps them before they are removed", async () => {
  const { repository, shell, record } = await setUp();
  const folder = join(record.path, "..", "stray-aaaaaaaaaa");
  await mkdir(folder);
  await writeFile(join(folder, "x.txt"), "x\n");
  expect((await shell.run("worktrees")).out).toMatch(/^ORPHAN +WHAT[^\n]*\nstray-aaaaaaaaaa +folder +\S/m);
  expect(z.array(orphanSchema).parse(await shell.json("worktrees", "list", "--orphans"))).toHaveLength(1);
  expect((await shell.run("worktrees", "clean", "--orphans", "--yes")).out).toContain("its files are kept\n");
  expect(await repository.git("show", "refs/banyan/orphans/stray-aaaaaaaaaa/files:x.txt")).toBe("x");
  expect((await shell.run("worktrees", "list", "--orphans")).out).toMatch(/^stray-aaaaaaaaaa +snapshot +\w{10}\n/m);
});

test("says what is wrong", async () => {
  const { shell } = await setUp();
  expect(await shell.run("worktrees", "clean", "--merged", "--all-ended")).toEqual({
    code: 2,
    out: "",
    err: "banyan: Options --merged and --all-ended contradict each other: give one.\n",
  });
  expect(await shell.run("worktrees", "restore", "nobody")).toMatchObject({
    code: 2,
    err: 'banyan: There is no agent "nobody": see banyan tree.\n',
  });
});

describe("sizes", () => {
  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KB"],
    [1.5 * 1024 ** 2, "1.5 MB"],
    [2 * 1024 ** 5, "2048.0 TB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
