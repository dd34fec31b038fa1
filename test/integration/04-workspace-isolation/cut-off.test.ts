import { chmod, mkdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyIndex } from "../../../src/engine/worktrees/disk.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

/** A root whose work conflicts with the user's, with the conflict standing in its worktree. */
async function conflicted() {
  const repository = await createRepository({ files: { "a.txt": "one\n" } });
  const team = await createTeam(repository);
  await team.start("root");
  await team.write("root", "a.txt", "two\n");
  await repository.commit("The user's", { "a.txt": "the user's\n" });
  expectOk(await team.worktrees.beginResolution("root"));
  const { path, branch } = await team.record("root");
  const adminDir = join(repository.root, ".git", "worktrees", "root-name-root");
  return { repository, team, path, branch, adminDir };
}

describe("a resolution that a crash cut off", () => {
  /** As it is between the branch and the row: git has it all, and has forgotten that it merged. */
  async function committed() {
    const all = await conflicted();
    await all.team.write("root", "a.txt", "both\n");
    await all.repository.gitIn(all.path, "commit", "--quiet", "--all", "-m", "Resolved");
    return all;
  }

  test("after its commit is finished", async () => {
    const { repository, team, branch } = await committed();
    const tip = await repository.git("rev-parse", branch);
    expect(expectRefused(await team.worktrees.abandonResolution("root")).message).toContain("finish");
    expectOk(await team.worktrees.finishResolution("root"));
    expect(await team.record("root")).toMatchObject({ status: "isolated", headCommit: tip });
    expect(await team.read("root", "a.txt")).toBe("both\n");
  });

  test("after its commit is finished by the next commit, which has what came after it too", async () => {
    const { repository, team, branch } = await committed();
    await team.write("root", "later.txt", "later\n");
    await team.worktrees.commitWork("root", "Work");
    expect((await team.record("root")).status).toBe("isolated");
    expect(await repository.git("show", `${branch}:later.txt`)).toBe("later");
  });

  test("is begun again past the locks that git left", async () => {
    const { team, adminDir } = await conflicted();
    await rm(join(adminDir, "MERGE_HEAD"));
    await writeFile(join(adminDir, "ORIG_HEAD.lock"), "");
    expect(expectOk(await team.worktrees.beginResolution("root")).files).toEqual(["a.txt"]);
  });

  test("whose worktree is gone is not merged without it", async () => {
    const { team, path } = await conflicted();
    await rm(path, { recursive: true });
    await expect(team.worktrees.mergeIntoCheckout("root", "Merge")).resolves.toMatchObject({
      ok: false,
      refusal: { code: "not_found" },
    });
    expect((await team.record("root")).status).toBe("conflicted");
  });

  test("whose worktree was half made again is made anew", async () => {
    const { team, path, adminDir } = await conflicted();
    await rm(join(adminDir, "index"));
    await rm(join(path, "a.txt"));
    expectOk(await team.worktrees.ensure("root"));
    expect(expectOk(await team.worktrees.beginResolution("root")).files).toEqual(["a.txt"]);
  });

  test("whose worktree was half made again is out of the way after the next start", async () => {
    const { team, adminDir } = await conflicted();
    await rm(join(adminDir, "index"));
    const next = await team.restart();
    await next.recover();
    expect(expectRefused(await next.finishResolution("root")).code).toBe("not_found");
    expectOk(await next.ensure("root"));
    expect(expectOk(await next.beginResolution("root")).files).toEqual(["a.txt"]);
  });
});

test("what a killed process left beside the user's index is gone after the next start", async () => {
  const repository = await createRepository();
  const team = await createTeam(repository);
  const left = ["banyan-accepted-x", "banyan-accepted-x.lock", "banyan-carry-x", "banyan-merge-index.lock"];
  const gitDir = join(repository.root, ".git");
  for (const name of [...left, "banyan-rescue-index", "BANYAN_MERGE_MSG", "banyan-of-the-user"]) {
    await writeFile(join(gitDir, name), "");
  }
  await team.worktrees.recover();
  for (const name of left) expect(await repository.has(`.git/${name}`)).toBe(false);
  expect(await repository.has(".git/banyan-rescue-index")).toBe(false);
  expect(await repository.has(".git/BANYAN_MERGE_MSG")).toBe(false);
  expect(await repository.has(".git/banyan-of-the-user")).toBe(true);
});

describe("a file that was saved again as it was", () => {
  const saveAgain = (repository: TestRepository) =>
    utimes(join(repository.root, "a.txt"), new Date(2_000_000), new Date(2_000_000));

  async function worked() {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const team = await createTeam(repository);
    await team.start("root");
    await team.write("root", "a.txt", "two\n");
    return { repository, team };
  }

  test("is in the way of no merge that hooks look at", async () => {
    const { repository, team } = await worked();
    const hooks = join(repository.root, ".git", "hooks");
    await mkdir(hooks, { recursive: true });
    await writeFile(join(hooks, "pre-merge-commit"), "#!/bin/sh\nexit 0\n");
    await chmod(join(hooks, "pre-merge-commit"), 0o755);
    await saveAgain(repository);
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
    expect(await repository.read("a.txt")).toBe("two\n");
  });

  test("is in the way of no undoing", async () => {
    const { repository, team } = await worked();
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
    await saveAgain(repository);
    expectOk(await team.worktrees.undoMerge("root"));
    expect(await repository.read("a.txt")).toBe("one\n");
  });
});

test("the copy of an index is never newer than the index, so that git looks into files of the same instant", async () => {
  const repository = await createRepository();
  const [index, copy] = ["index", "copied"].map((name) => join(repository.root, ".git", name));
  await copyIndex(index ?? "", copy ?? "");
  expect((await stat(copy ?? "")).mtimeMs).toBeLessThanOrEqual((await stat(index ?? "")).mtimeMs);
});

test("the user's changes that a root takes along are kept until its worktree is made", async () => {
  const repository = await createRepository();
  const team = await createTeam(repository);
  await repository.write("mine.txt", "mine\n");
  await team.hireFrom("root", expectOk(await team.worktrees.startOf({ withChanges: true })));
  await repository.git("gc", "--quiet", "--prune=now");
  expectOk(await team.worktrees.ensure("root"));
  expect(await team.read("root", "mine.txt")).toBe("mine\n");
});
