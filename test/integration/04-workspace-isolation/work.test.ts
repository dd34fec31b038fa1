import { rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";
import { createTeam } from "./team.ts";

async function started(files: Readonly<Record<string, string>> = { "a.txt": "a\n" }) {
  const repository = await createRepository({ files, identity: false });
  const team = await createTeam(repository);
  const record = await team.start("ada");
  return { repository, team, record };
}

describe("committing an agent's work", () => {
  test("is by the agent, on its branch, with HEAD on it", async () => {
    const { repository, team, record } = await started();
    await team.write("ada", "b.txt", "b\n");
    await team.remove("ada", "a.txt");
    const tip = await team.worktrees.commitWork("ada", "Swap a for b\n\nBecause.");
    expect(await repository.git("show", "--no-patch", "--format=%an <%ae>|%cn <%ce>|%P|%B", tip)).toBe(
      `ada-name (Banyan) <banyan@localhost>|ada-name (Banyan) <banyan@localhost>|${record.baseCommit}|Swap a for b\n\nBecause.`,
    );
    expect(await repository.git("ls-tree", "--name-only", tip)).toBe("b.txt");
    expect(await repository.git("rev-parse", record.branch)).toBe(tip);
    expect(await repository.gitIn(record.path, "symbolic-ref", "--short", "HEAD")).toBe(record.branch);
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe("");
    expect((await team.record("ada")).headCommit).toBe(tip);
  });

  test("makes no empty commit", async () => {
    const { team, record } = await started();
    expect(await team.worktrees.commitWork("ada", "Nothing")).toBe(record.baseCommit);
    await team.write("ada", "a.txt", "b\n");
    const tip = await team.worktrees.commitWork("ada", "Something");
    expect(await team.worktrees.commitWork("ada", "Nothing")).toBe(tip);
  });

  test("can leave an empty tree, and begin again from it", async () => {
    const { repository, team } = await started();
    await team.remove("ada", "a.txt");
    const empty = await team.worktrees.commitWork("ada", "Empty");
    expect(await repository.git("ls-tree", empty)).toBe("");
    await team.write("ada", "new.txt", "new\n");
    expect(await repository.git("ls-tree", "--name-only", await team.worktrees.commitWork("ada", "New"))).toBe(
      "new.txt",
    );
  });

  test("several at once are made one after the other", async () => {
    const { repository, team } = await started();
    const commits = Array.from({ length: 5 }, async (_, index) => {
      await team.write("ada", `f${index}.txt`, "x\n");
      return team.worktrees.commitWork("ada", `Commit ${index}`);
    });
    const tips = await Promise.all(commits);
    expect(await repository.git("rev-parse", "banyan/ada-name-ada")).toBe(tips.at(-1));
  });

  test("keeps a commit that a person made in the worktree", async () => {
    const { repository, team, record } = await started();
    await team.write("ada", "b.txt", "b\n");
    await repository.gitIn(record.path, "add", "--all");
    await repository.gitIn(
      record.path,
      "-c",
      "user.name=P",
      "-c",
      "user.email=p@x",
      "commit",
      "--quiet",
      "-m",
      "By hand",
    );
    await team.write("ada", "c.txt", "c\n");
    const tip = await team.worktrees.commitWork("ada", "Next");
    expect(await repository.git("log", "--format=%s", `${record.baseCommit}..${tip}`)).toBe("Next\nBy hand");
  });

  test("takes a tracked file that became a link, and a folder that did", async () => {
    const { repository, team, record } = await started({ "a.txt": "a\n", "dir/x.txt": "x\n" });
    await team.remove("ada", "a.txt");
    await team.remove("ada", "dir");
    await symlink("/etc/hostname", join(record.path, "a.txt"));
    await symlink("/etc", join(record.path, "dir"));
    const tip = await team.worktrees.commitWork("ada", "Links");
    expect(await repository.git("ls-tree", "-r", "--format=%(objectmode) %(path)", tip)).toBe(
      "120000 a.txt\n120000 dir",
    );
  });

  test("is refused while a person merges in the worktree", async () => {
    const { repository, team, record } = await started();
    const git = (...args: string[]) =>
      repository.gitIn(record.path, "-c", "user.name=P", "-c", "user.email=p@x", ...args);
    await git("branch", "side");
    await team.write("ada", "a.txt", "ours\n");
    await team.worktrees.commitWork("ada", "Ours");
    const blob = await repository.git("hash-object", "-w", "README.md").catch(() => undefined);
    expect(blob).toBeUndefined();
    await repository.git("switch", "--quiet", "side");
    await repository.write("a.txt", "theirs\n");
    await repository.git("-c", "user.name=P", "-c", "user.email=p@x", "commit", "--quiet", "-am", "Theirs");
    await expect(git("merge", "side")).rejects.toThrow();
    await expect(team.worktrees.commitWork("ada", "Work")).rejects.toThrow("in the middle of a merge");
  });
});

describe("a snapshot", () => {
  test("keeps uncommitted and untracked files under a ref; index and branch stay", async () => {
    const { repository, team, record } = await started();
    await team.write("ada", "a.txt", "edited\n");
    await team.write("ada", "new.txt", "new\n");
    const before = await repository.gitIn(record.path, "status", "--porcelain");
    const snapshot = await team.worktrees.snapshot("ada");
    expect(await repository.git("rev-parse", "refs/banyan/snapshots/ada")).toBe(snapshot);
    expect(await repository.git("show", `${snapshot}:new.txt`)).toBe("new");
    expect(await repository.git("rev-parse", `${snapshot}^`, record.branch)).toBe(
      `${record.baseCommit}\n${record.baseCommit}`,
    );
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe(before);
    expect((await team.record("ada")).snapshotCommit).toBe(snapshot);
  });

  test("of an unchanged worktree is the one before", async () => {
    const { team, record } = await started();
    expect(await team.worktrees.snapshot("ada")).toBe(record.baseCommit);
    await team.write("ada", "a.txt", "edited\n");
    const first = await team.worktrees.snapshot("ada");
    expect(await team.worktrees.snapshot("ada")).toBe(first);
  });

  test("is the parent of the next, also when the first is undone", async () => {
    const { repository, team } = await started();
    await team.write("ada", "a.txt", "edited\n");
    const first = await team.worktrees.snapshot("ada");
    await team.write("ada", "a.txt", "a\n");
    const second = await team.worktrees.snapshot("ada");
    expect(await repository.git("rev-parse", `${second}^`)).toBe(first);
    expect(await repository.git("show", `${first}:a.txt`)).toBe("edited");
  });
});

describe("a diff", () => {
  test("is of committed work, with renames, counts and binary files", async () => {
    const { team, record } = await started({
      "old name.txt": "1\n2\n3\n4\n5\n6\n7\n8\n",
      "edit.txt": "1\n2\n",
      "gone.txt": "x\n",
      "image.bin": "\0\u0001",
    });
    await rename(join(record.path, "old name.txt"), join(record.path, "new name.txt"));
    await team.write("ada", "edit.txt", "1\n2\n3\n");
    await team.remove("ada", "gone.txt");
    await team.write("ada", "image.bin", "\0\u0002");
    await team.write("ada", "tab\tname.txt", "t\n");
    const tip = await team.worktrees.commitWork("ada", "Work");
    await team.write("ada", "uncommitted.txt", "u\n");
    const diff = expectOk(await team.worktrees.diff("ada"));
    expect(diff).toEqual({
      baseCommit: record.baseCommit,
      headCommit: tip,
      files: [
        { path: "edit.txt", status: "modified", previousPath: null, added: 1, deleted: 0 },
        { path: "gone.txt", status: "deleted", previousPath: null, added: 0, deleted: 1 },
        { path: "image.bin", status: "modified", previousPath: null, added: null, deleted: null },
        { path: "new name.txt", status: "renamed", previousPath: "old name.txt", added: 0, deleted: 0 },
        { path: "tab\tname.txt", status: "added", previousPath: null, added: 1, deleted: 0 },
      ],
    });
    const patch = expectOk(await team.worktrees.patch("ada"));
    expect(patch).toContain("rename from old name.txt");
    expect(patch).toContain("+3\n");
  });

  test("of a worktree that isn't made yet is empty", async () => {
    const { team } = await started();
    await team.hire("bob");
    expect(expectOk(await team.worktrees.diff("bob")).files).toEqual([]);
  });

  test("a file as of a commit is its bytes, and undefined where it isn't there", async () => {
    const { team, record } = await started({ "dir/a.bin": "\u00ff\0x" });
    const bytes = await team.worktrees.readFileAt(record.baseCommit, "dir/a.bin");
    expect(bytes === undefined ? "" : Buffer.from(bytes).toString()).toBe("\u00ff\0x");
    for (const [commit, path] of [
      [record.baseCommit, "dir"],
      [record.baseCommit, "nowhere"],
      [record.baseCommit, "../a"],
      [record.baseCommit, "dir/*"],
      ["0".repeat(40), "dir/a.bin"],
      ["--help", "dir/a.bin"],
    ] as const) {
      expect(await team.worktrees.readFileAt(commit, path)).toBeUndefined();
    }
  });
});
