import { readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

async function merged() {
  const repository = await createRepository({ files: { "a.txt": "a\n", ".gitignore": "*.log\n" } });
  const team = await createTeam(repository);
  await team.start("root");
  await team.write("root", "a.txt", "changed\n");
  expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
  return { repository, team, record: await team.record("root") };
}

describe("removing the worktree of merged work", () => {
  test("takes folder and record away; branch and row stay", async () => {
    const { repository, team, record } = await merged();
    const removed = expectOk(await team.worktrees.removeMerged("root"));
    expect(removed).toMatchObject({ status: "removed", mergeCommit: record.mergeCommit });
    await team.worktrees.dispose();
    expect(await readdir(dirname(record.path))).toEqual([".gitignore"]);
    expect(await repository.git("worktree", "list")).not.toContain("root-name");
    expect(await repository.git("branch", "--list", record.branch)).toContain(record.branch);
    expectOk(await team.worktrees.removeMerged("root"));
  });

  test("is refused before the work is merged", async () => {
    const team = await createTeam(await createRepository());
    await team.start("root");
    expect(expectRefused(await team.worktrees.removeMerged("root")).code).toBe("illegal_move");
  });

  const extras: Record<string, [path: string, content: string]> = {
    "an ignored file": ["debug.log", "only here\n"],
    "an untracked file": ["notes.txt", "only here\n"],
    "a changed file": ["a.txt", "changed again\n"],
  };
  for (const [name, [path, content]] of Object.entries(extras)) {
    test(`is refused for ${name} that is only there`, async () => {
      const { repository, team, record } = await merged();
      await team.write("root", path, content);
      const refusal = expectRefused(await team.worktrees.removeMerged("root"));
      expect(refusal).toMatchObject({ code: "dirty_checkout" });
      expect(refusal.message).toContain(path);
      expect(await team.read("root", path)).toBe(content);
      expect(await repository.git("worktree", "list")).toContain(record.path);
      expect((await team.record("root")).status).toBe("merged");
    });
  }

  test("is refused for a change that the index was told to overlook", async () => {
    const { repository, team, record } = await merged();
    await repository.gitIn(record.path, "update-index", "--skip-worktree", "a.txt");
    await team.write("root", "a.txt", "hidden\n");
    expect(expectRefused(await team.worktrees.removeMerged("root")).message).toContain("a.txt");
  });

  test("is refused for commits that came after the merge", async () => {
    const { team } = await merged();
    await team.write("root", "late.txt", "late\n");
    await team.worktrees.commitWork("root", "Late");
    expect(expectRefused(await team.worktrees.removeMerged("root")).message).toContain("merge it again");
  });

  test("is done where somebody took the folder away already", async () => {
    const { repository, team, record } = await merged();
    await rm(record.path, { recursive: true });
    expect(expectOk(await team.worktrees.removeMerged("root")).status).toBe("removed");
    expect(await repository.git("worktree", "list")).not.toContain("root-name");
  });

  test("a removed worktree's diff and files can still be read", async () => {
    const { team, record } = await merged();
    expectOk(await team.worktrees.removeMerged("root"));
    const diff = expectOk(await team.worktrees.diff("root"));
    expect(diff.files).toMatchObject([{ path: "a.txt", status: "modified", added: 1, deleted: 1 }]);
    const bytes = await team.worktrees.readFileAt(diff.headCommit, "a.txt");
    expect(Buffer.from(bytes ?? []).toString()).toBe("changed\n");
    expect(record.headCommit).toBe(diff.headCommit);
  });

  test("a removed worktree is made again when its agent is started again", async () => {
    const { team } = await merged();
    expectOk(await team.worktrees.removeMerged("root"));
    expect(expectOk(await team.worktrees.ensure("root")).status).toBe("isolated");
    expect(await team.read("root", "a.txt")).toBe("changed\n");
  });

  test("a removal that was cut off leaves nothing after the next start", async () => {
    const { team, record } = await merged();
    const leftover = join(dirname(record.path), ".removed-x");
    await writeFile(leftover, "");
    await team.worktrees.recover();
    expect(await readdir(dirname(record.path))).not.toContain(".removed-x");
  });
});
