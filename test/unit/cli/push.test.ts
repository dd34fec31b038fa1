import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { report, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";

afterEach(() => vi.unstubAllEnvs());

/** A team that wrote a file, in a repository with a remote on this disk. */
async function setUp() {
  const repository = await createRepository();
  const folder = await temporaryFolder();
  const remote = join(folder, "remote.git");
  await repository.git("init", "--quiet", "--bare", remote);
  await repository.git("remote", "add", "origin", remote);
  const script = { agents: [{ turns: [write("a.txt", "a\n"), report("Wrote a.")] }] };
  await writeFile(join(folder, "team.json"), JSON.stringify(script));
  const shell = createShell({ cwd: repository.root, temporaryFolder: folder });
  const model = `script/${join(folder, "team.json")}`;
  await shell.run("spawn", "Write a file\nand no more", "--name", "boss", "--model", model);
  const branch = (await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads/banyan/")).trim();
  return { repository, folder, remote, shell, branch };
}

/** Puts a program that writes down what it is called with, and says where, before all others. */
async function plant(folder: string, name: string, says: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "$@" > "${join(folder, name)}.args"\n${says}\n`);
  await chmod(join(bin, name), 0o755);
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH}`);
  return join(folder, `${name}.args`);
}

test("an agent's branch is pushed as it stands, with the user's own hooks, and nothing else changes", async () => {
  const { repository, shell, branch, remote } = await setUp();
  await repository.write(".git/hooks/pre-push", "#!/bin/sh\necho 'the hook ran' >&2\n");
  await chmod(join(repository.root, ".git/hooks/pre-push"), 0o755);
  const before = await readFile(join(repository.root, ".git/config"), "utf8");
  const pushed = await shell.run("push", "boss");
  expect(pushed).toMatchObject({ code: 0, out: `✓ Pushed ${branch}  to origin\n` });
  expect(pushed.err).toContain("the hook ran\n");
  const there = await repository.git(`--git-dir=${remote}`, "rev-parse", branch);
  expect(there).toBe(await repository.git("rev-parse", branch));
  expect(await readFile(join(repository.root, ".git/config"), "utf8")).toBe(before);
  expect(await shell.json("push", "boss")).toEqual({
    agent: { id: expect.any(String), name: "boss" },
    branch,
    remote: "origin",
    page: null,
    pullRequest: null,
  });
});

test("a hook that refuses leaves the branch where it was", async () => {
  const { repository, shell } = await setUp();
  await repository.write(".git/hooks/pre-push", "#!/bin/sh\necho 'not on Fridays' >&2\nexit 1\n");
  await chmod(join(repository.root, ".git/hooks/pre-push"), 0o755);
  const pushed = await shell.run("push", "boss");
  expect(pushed).toMatchObject({ code: 1, out: "" });
  expect(pushed.err).toMatch(/^not on Fridays\n[\s\S]*banyan: git push ended with 1: see above\./m);
});

test("a pull request is opened with gh, from the task and the result", async () => {
  const { shell, folder, branch } = await setUp();
  const called = await plant(folder, "gh", "echo 'Creating pull request' >&2; echo https://example.org/pull/7");
  const pushed = await shell.run("push", "boss", "--pr");
  expect(pushed).toMatchObject({
    code: 0,
    out: `✓ Pushed ${branch}  to origin\nPull request: https://example.org/pull/7\n`,
  });
  expect((await readFile(called, "utf8")).split("\n").slice(0, 10)).toEqual([
    "pr",
    "create",
    "--head",
    branch,
    "--base",
    "main",
    "--title",
    "Write a file",
    "--body",
    "Wrote a.",
  ]);
});

test("without gh, and without a page that is known, it is said that no pull request was opened", async () => {
  const { shell, branch } = await setUp();
  vi.stubEnv("PATH", await onlyGit());
  const pushed = await shell.run("push", "boss", "--pr");
  expect(pushed.err).toContain("No pull request was opened: gh is not installed");
  expect(pushed).toMatchObject({ code: 1, out: `✓ Pushed ${branch}  to origin\n` });
});

/** A PATH without gh: the folders that git needs may hold one. */
async function onlyGit(): Promise<string> {
  const bin = join(await temporaryFolder(), "bin");
  await mkdir(bin);
  await writeFile(join(bin, "git"), `#!/bin/sh\nPATH='${process.env.PATH}' exec git "$@"\n`);
  await chmod(join(bin, "git"), 0o755);
  return bin;
}

test("is refused where there is nothing to push, and nowhere to push it", async () => {
  const { repository, shell } = await setUp();
  expect(await shell.run("push", "nobody")).toMatchObject({ code: 2, out: "" });
  expect(await shell.run("push", "boss", "--remote", "fork")).toMatchObject({
    code: 2,
    err: 'banyan: There is no remote "fork": use one of origin.\n',
  });
  await repository.git("remote", "remove", "origin");
  expect(await shell.run("push", "boss")).toMatchObject({
    code: 2,
    err: "banyan: This repository has no remote: add one first, for instance: git remote add origin URL\n",
  });
});
