import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { report, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";

/** Two teams that changed the same line of `a.txt`; the first one added `b.txt` too. */
async function setUp() {
  const repository = await createRepository({ files: { "a.txt": "one\ntwo\nthree\n" } });
  const folder = await temporaryFolder();
  const agents = [
    { match: { name: "ada" }, turns: [write("a.txt", "one\nADA\nthree\n"), write("b.txt", "b\n"), report("Ada's.")] },
    { match: { name: "bob" }, turns: [write("a.txt", "one\nBOB\nthree\n"), report("Bob's.")] },
  ];
  await writeFile(join(folder, "team.json"), JSON.stringify({ agents }));
  const shell = createShell({ cwd: repository.root, temporaryFolder: folder });
  const spawn = (name: string, ...more: string[]) =>
    shell.run("spawn", "Write", "--name", name, "--model", `script/${join(folder, "team.json")}`, ...more);
  return { repository, shell, spawn };
}

test("what collides is said, and resolved by hand before it is merged, and a merge is taken back", async () => {
  const { repository, shell, spawn } = await setUp();
  await spawn("ada");
  await spawn("bob");
  expect((await shell.run("collisions")).out).toMatch(/^ada +bob +a\.txt$/m);
  expect((await shell.run("tree")).out).toContain("collides with ada in 1 file");
  const squashed = await shell.run("merge", "ada", "--squash", "--message", "Ada's work");
  expect(squashed).toMatchObject({ code: 0, out: expect.stringMatching(/^✓ Merged ada {2}2 files into main as /) });
  expect(await repository.git("log", "-1", "--format=%s %P")).toMatch(/^Ada's work [0-9a-f]{40}$/);

  const refused = await shell.run("merge", "bob");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("Resolve it yourself: banyan resolve bob --by user\n");
  expect((await shell.run("resolve", "bob")).out).toMatch(/^It conflicts with main in 1 file\n {2}! a\.txt\n/);
  const begun = await shell.run("resolve", "bob", "--by", "user");
  const path = /in (?<path>\/.+)$/m.exec(begun.out)?.groups?.path ?? "";
  expect(await shell.run("resolve", "bob", "--finish")).toMatchObject({
    code: 1,
    err: expect.stringContaining("conflict markers still stand in a.txt"),
  });
  await writeFile(join(path, "a.txt"), "one\nADA and BOB\nthree\n");
  expect((await shell.run("resolve", "bob", "--finish")).out).toMatch(/^✓ Resolved/);
  expect((await shell.run("merge", "bob")).code).toBe(0);
  expect(await repository.read("a.txt")).toBe("one\nADA and BOB\nthree\n");
  expect((await shell.run("merge", "bob", "--undo")).out).toMatch(/^✓ Took the merge back {2}main is at /);
  expect(await repository.read("a.txt")).toBe("one\nADA\nthree\n");
  expect(await shell.run("merge", "bob", "--undo", "--squash")).toMatchObject({ code: 2 });
});

test("what was accepted alone is merged, and comments are sent to the agent", async () => {
  const { repository, shell, spawn } = await setUp();
  await spawn("ada");
  expect(await shell.run("review", "ada", "--accept", "b.txt")).toMatchObject({ out: "✓ b.txt is accepted\n" });
  expect(await shell.run("review", "ada", "--reject", "a.txt:1")).toMatchObject({ out: "✓ a.txt:1 is rejected\n" });
  expect((await shell.run("review", "ada", "--file", "a.txt")).out).toMatch(/^1 {2}@@ .* @@ {2}rejected$/m);
  expect(await shell.run("review", "ada", "--comment", "a.txt:2", "Why capitals?")).toMatchObject({
    out: "✓ Commented on a.txt:2\n",
  });
  expect((await shell.run("review", "ada")).out).toMatch(/^a\.txt:2 {2}not sent {2}\w{6}\n {2}Why capitals\?$/m);
  expect((await shell.run("merge", "ada", "--accepted-only")).code).toBe(0);
  expect(await repository.has("b.txt")).toBe(true);
  expect(await repository.read("a.txt")).toBe("one\ntwo\nthree\n");
  const asked = await shell.run("review", "ada", "--request-changes", "Nearly there");
  expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^✓ Changes requested, as message #\d+\n$/) });
});

test("a team that started from uncommitted changes is pushed only when that is said", async () => {
  const { repository, shell, spawn } = await setUp();
  const remote = join(await temporaryFolder(), "remote.git");
  await repository.git("init", "--quiet", "--bare", remote);
  await repository.git("remote", "add", "origin", remote);
  await repository.write("mine.txt", "mine\n");
  expect((await spawn("ada", "--with-changes")).code).toBe(0);
  expect(await shell.run("push", "ada")).toMatchObject({
    code: 2,
    err: expect.stringContaining("holds your uncommitted changes"),
  });
  expect((await shell.run("push", "ada", "--with-carried")).code).toBe(0);
});

test("a team starts from and is meant for the branches that are named", async () => {
  const { repository, shell, spawn } = await setUp();
  await repository.git("branch", "release");
  expect((await spawn("ada", "--target", "release")).code).toBe(0);
  expect((await shell.run("merge", "ada")).out).toContain("into release as");
  expect(await repository.git("show", "release:b.txt")).toBe("b");
  expect(await repository.has("b.txt")).toBe(false);
});
