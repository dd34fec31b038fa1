import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

describe("agents in worktrees of their own", () => {
  test("two agents change the same file and never see each other", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const team = await createTeam(repository);
    await team.start("ada");
    await team.start("bob");
    await team.write("ada", "a.txt", "ada was here\n");
    await team.write("bob", "a.txt", "bob was here\n");
    await team.worktrees.commitWork("ada", "Ada's");
    await team.worktrees.commitWork("bob", "Bob's");
    expect(await team.read("ada", "a.txt")).toBe("ada was here\n");
    expect(await team.read("bob", "a.txt")).toBe("bob was here\n");
    expect(await repository.read("a.txt")).toBe("one\n");
  });

  test("a worktree's branch and folder carry the agent's name and id", async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    const record = await team.start("ada");
    expect(record).toMatchObject({
      status: "isolated",
      branch: "banyan/ada-name-ada",
      path: join(repository.root, ".banyan", "worktrees", "ada-name-ada"),
      targetBranch: "main",
      headCommit: record.baseCommit,
    });
  });

  test("the user's checkout is as it was, down to git status", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    await repository.write("a.txt", "the user's own edit\n");
    await repository.write("new.txt", "untracked\n");
    const before = await repository.fingerprint();
    const team = await createTeam(repository);
    await team.start("ada");
    await team.start("cleo", "ada");
    await team.write("cleo", "b.txt", "b\n");
    await team.worktrees.snapshot("cleo");
    expectOk(await team.worktrees.mergeIntoParent("cleo", "ada", "Merge cleo"));
    expect(await repository.fingerprint()).toBe(before);
  });

  test("worktrees stay out of git status though a kill left the file that hides them empty", async () => {
    const repository = await createRepository();
    await repository.write(".banyan/worktrees/.gitignore", "");
    const team = await createTeam(repository);
    await team.start("ada");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("many worktrees are made at once", async () => {
    const team = await createTeam(await createRepository());
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const name of names) await team.hire(name);
    const made = await Promise.all(names.map((name) => team.worktrees.ensure(name)));
    expect(made.map((result) => result.ok)).toEqual(names.map(() => true));
  });

  test("a branch named banyan is refused with the way out", async () => {
    const repository = await createRepository();
    await repository.git("branch", "banyan");
    const team = await createTeam(repository);
    await team.hire("ada");
    const refusal = expectRefused(await team.worktrees.ensure("ada"));
    expect(refusal.message).toContain("git branch -m banyan banyan-old");
    await repository.git("branch", "-m", "banyan", "banyan-old");
    expectOk(await team.worktrees.ensure("ada"));
  });

  test("a worktree that git clean removed is made again from its branch", async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    await team.start("ada");
    await team.write("ada", "kept.txt", "kept\n");
    const tip = await team.worktrees.commitWork("ada", "Kept");
    await repository.git("clean", "-ffdxq");
    expect(await repository.has(".banyan")).toBe(false);
    const again = expectOk(await team.worktrees.ensure("ada"));
    expect(again.headCommit).toBe(tip);
    expect(await team.read("ada", "kept.txt")).toBe("kept\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("making a worktree leaves the user's own missing worktrees registered", async () => {
    const repository = await createRepository();
    await repository.git("worktree", "add", "--quiet", "../elsewhere");
    const { rm } = await import("node:fs/promises");
    await rm(join(repository.root, "..", "elsewhere"), { recursive: true });
    const team = await createTeam(repository);
    await team.start("ada");
    await rm((await team.record("ada")).path, { recursive: true });
    expectOk(await team.worktrees.ensure("ada"));
    expect(await readdir(join(repository.root, ".git", "worktrees"))).toContain("elsewhere");
  });

  test("a folder that is a link to somewhere else is refused", async () => {
    const repository = await createRepository();
    const { mkdir, symlink } = await import("node:fs/promises");
    await mkdir(join(repository.root, "..", "outside"));
    await symlink("../outside", join(repository.root, ".banyan"));
    const team = await createTeam(repository);
    await team.hire("ada");
    expect(expectRefused(await team.worktrees.ensure("ada")).code).toBe("untrusted");
  });
});
