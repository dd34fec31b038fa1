import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { locateRepository } from "../../../src/vscode/repository.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "banyan-repository-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (cwd: string, ...args: string[]) => {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
  execFileSync("git", [...identity, ...args], { cwd, stdio: "pipe" });
};
const makeRepository = (name: string): string => {
  const root = join(folder, name);
  mkdirSync(root);
  git(root, "init", "-q");
  return root;
};
const commit = (root: string) => git(root, "commit", "-q", "--allow-empty", "-m", "first");

test("finds no repository in a plain folder, nor in one whose .git is nothing", async () => {
  mkdirSync(join(folder, "plain"));
  writeFileSync(join(folder, "plain", ".git"), "gitdir: /nowhere/at/all\n");
  expect(await locateRepository([join(folder, "plain"), join(folder, "not-there")])).toBeUndefined();
});

test("tells a repository without a commit from one with, loose and packed", async () => {
  const root = makeRepository("r");
  expect(await locateRepository([root])).toMatchObject({ hasCommit: false, hasStore: false });
  commit(root);
  expect(await locateRepository([root])).toMatchObject({ hasCommit: true, commonDir: join(root, ".git") });
  git(root, "pack-refs", "--all");
  expect(await locateRepository([root])).toMatchObject({ hasCommit: true });
  git(root, "checkout", "-q", "--detach");
  expect(await locateRepository([root])).toMatchObject({ hasCommit: true });
});

test("finds the repository around a subfolder", async () => {
  const root = makeRepository("r");
  mkdirSync(join(root, "a", "b"), { recursive: true });
  const inner = join(root, "a", "b");
  expect(await locateRepository([inner])).toMatchObject({ folder: inner, commonDir: join(root, ".git") });
});

test("finds the shared git directory and its store from a linked worktree", async () => {
  const root = makeRepository("r");
  commit(root);
  mkdirSync(join(root, ".git", "banyan"));
  const linked = join(folder, "linked");
  git(root, "worktree", "add", "-q", "-b", "topic", linked);
  expect(await locateRepository([linked])).toEqual({
    folder: linked,
    commonDir: join(root, ".git"),
    hasCommit: true,
    hasStore: true,
  });
});

test("of several folders takes the one where agents have worked, else the first that is in a repository", async () => {
  mkdirSync(join(folder, "plain"));
  const [first, second] = [makeRepository("first"), makeRepository("second")];
  const folders = [join(folder, "plain"), first, second];
  expect(await locateRepository(folders)).toMatchObject({ folder: first });
  mkdirSync(join(second, ".git", "banyan"));
  expect(await locateRepository(folders)).toMatchObject({ folder: second, hasStore: true });
});
