import { mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

/** What an agent leaves behind beside its commits. */
async function atWork() {
  const repository = await createRepository({
    files: { "a.txt": "a\n", "b.txt": "b\n", ".gitignore": "*.log\nbuild/\n" },
  });
  const team = await createTeam(repository);
  const record = await team.start("root");
  await team.write("root", "committed.txt", "committed\n");
  await team.worktrees.commitWork("root", "Work");
  await team.write("root", "a.txt", "changed\n");
  await team.remove("root", "b.txt");
  await team.write("root", "new/untracked.txt", "untracked\n");
  await team.write("root", "debug.log", "ignored\r\n");
  await team.write("root", "build/deep/out.bin", "\0\u0001\r\n");
  await writeFile(join(record.path, "build/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await symlink("/nowhere", join(record.path, "build/link"));
  return { repository, team, record };
}

/** That all of it is there, as it was. */
async function expectBack(folder: string) {
  const text = (path: string) => readFile(join(folder, path), "utf8");
  expect(await text("committed.txt")).toBe("committed\n");
  expect(await text("a.txt")).toBe("changed\n");
  expect(await text("new/untracked.txt")).toBe("untracked\n");
  expect(await text("debug.log")).toBe("ignored\r\n");
  expect(await text("build/deep/out.bin")).toBe("\0\u0001\r\n");
  expect((await stat(join(folder, "build/run.sh"))).mode & 0o100).toBe(0o100);
  expect(await readlink(join(folder, "build/link"))).toBe("/nowhere");
  expect(await readdir(folder)).not.toContain("b.txt");
}

const namesIn = async (path: string) => (await readdir(dirname(path))).filter((name) => name !== ".gitignore");

describe("removing a worktree", () => {
  test("takes folder and record away, whatever is in it; the branch stays and all is kept", async () => {
    const { repository, team, record } = await atWork();
    const removed = expectOk(await team.worktrees.remove("root"));
    expect(removed).toMatchObject({ status: "removed", removedAt: expect.any(Number) });
    await team.worktrees.dispose();
    expect(await namesIn(record.path)).toEqual([]);
    expect(await repository.git("worktree", "list")).not.toContain("root-name");
    expect(await repository.git("branch", "--list", record.branch)).toContain(record.branch);
    const { snapshotCommit, ignoredCommit } = await team.record("root");
    expect(await repository.git("rev-parse", "refs/banyan/snapshots/root", "refs/banyan/ignored/root")).toBe(
      `${snapshotCommit}\n${ignoredCommit}`,
    );
    const ignored = await repository.git("ls-tree", "-r", "--name-only", `${ignoredCommit}`);
    expect(ignored.split("\n")).toEqual(["build/deep/out.bin", "build/link", "build/run.sh", "debug.log"]);
    expect(team.logged).toEqual([]);
    expectOk(await team.worktrees.remove("root"));
  });

  test("it comes back as it was: commits, changes as changes, untracked and ignored files", async () => {
    const { repository, team, record } = await atWork();
    const status = await repository.gitIn(record.path, "status", "--porcelain", "--ignored");
    expectOk(await team.worktrees.remove("root"));
    // At once, while what was in it is still being kept.
    expect(expectOk(await team.worktrees.ensure("root"))).toMatchObject({ status: "isolated", removedAt: null });
    await expectBack(record.path);
    expect(await repository.gitIn(record.path, "status", "--porcelain", "--ignored")).toBe(status);
    await team.worktrees.dispose();
    expect(await namesIn(record.path)).toEqual([basename(record.path)]);
  });

  test("is refused where there never was one", async () => {
    const team = await createTeam(await createRepository());
    await team.hire("root");
    expect(expectRefused(await team.worktrees.remove("root"))).toMatchObject({ code: "illegal_move" });
  });

  test("is done where somebody took the folder away already", async () => {
    const { repository, team, record } = await atWork();
    await rm(record.path, { recursive: true });
    expect(expectOk(await team.worktrees.remove("root")).status).toBe("removed");
    expect(await repository.git("worktree", "list")).not.toContain("root-name");
  });

  test("keeps a change that the index was told to overlook", async () => {
    const { repository, team, record } = await atWork();
    await repository.gitIn(record.path, "update-index", "--skip-worktree", "committed.txt");
    await repository.gitIn(record.path, "update-index", "--assume-unchanged", "a.txt");
    await team.write("root", "committed.txt", "hidden\n");
    expectOk(await team.worktrees.remove("root"));
    expectOk(await team.worktrees.ensure("root"));
    expect(await team.read("root", "committed.txt")).toBe("hidden\n");
    expect(await team.read("root", "a.txt")).toBe("changed\n");
  });

  test("keeps repositories inside aside, and puts them back", async () => {
    const { repository, team, record } = await atWork();
    for (const place of ["vendor/inner", "build/inner"]) {
      await mkdir(join(record.path, place), { recursive: true });
      await repository.gitIn(join(record.path, place), "init", "--quiet");
      await team.write("root", `${place}/only-here.txt`, place);
    }
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
    const [kept = ""] = await namesIn(record.path);
    expect(kept).toMatch(/^\.kept-root-name-root-/);
    expectOk(await team.worktrees.ensure("root"));
    for (const place of ["vendor/inner", "build/inner"]) {
      expect(await team.read("root", `${place}/only-here.txt`)).toBe(place);
      expect(await repository.gitIn(join(record.path, place), "rev-parse", "--git-dir")).toBe(".git");
    }
    expect(await namesIn(record.path)).toEqual([basename(record.path)]);
  });

  test("is refused while submodules are checked out in it, whose history would go with it", async () => {
    const { repository, team, record } = await atWork();
    await mkdir(join(repository.root, ".git", "worktrees", basename(record.path), "modules"));
    expect(expectRefused(await team.worktrees.remove("root"))).toMatchObject({ code: "dirty_checkout" });
    await expectBack(record.path);
  });

  test("of one that leads somewhere else is refused", async () => {
    const { repository, team, record } = await atWork();
    await rename(record.path, join(repository.root, "moved"));
    await symlink(join(repository.root, "moved"), record.path);
    expect(expectRefused(await team.worktrees.remove("root"))).toMatchObject({ code: "untrusted" });
    await expectBack(join(repository.root, "moved"));
  });

  test("of one that was tampered with keeps what is in it", async () => {
    const { repository, team, record } = await atWork();
    await writeFile(join(record.path, ".git"), "gitdir: /nowhere\n");
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
    expect(await repository.git("show", "refs/banyan/snapshots/root:new/untracked.txt")).toBe("untracked");
    expect(await repository.git("show", "refs/banyan/ignored/root:debug.log")).toBe("ignored");
  });

  test("a folder that can't be kept whole stays, and is kept at the next start", async () => {
    const { repository, team, record } = await atWork();
    // Git takes no path that some file system would read as .git.
    await team.write("root", "git~1", "x\n");
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
    const [aside = ""] = await namesIn(record.path);
    expect(aside).toMatch(/^\.removed-root-name-root-/);
    expect(team.logged.map(({ message }) => message)).toContain(
      "What was in a removed worktree could not be kept: it stays",
    );
    await rm(join(dirname(record.path), aside, "git~1"));
    const again = await team.restart();
    await again.recover();
    await again.dispose();
    expect(await namesIn(record.path)).toEqual([]);
    expect(await repository.git("show", "refs/banyan/snapshots/root:a.txt")).toBe("changed");
  });

  test("a diff of it and files in it can still be read", async () => {
    const { team, record } = await atWork();
    expectOk(await team.worktrees.remove("root"));
    const diff = expectOk(await team.worktrees.diff("root"));
    expect(diff.files).toMatchObject([{ path: "committed.txt", status: "added" }]);
    const bytes = await team.worktrees.readFileAt(diff.headCommit, "committed.txt");
    expect(Buffer.from(bytes ?? []).toString()).toBe("committed\n");
    expect(diff.headCommit).not.toBe(record.headCommit);
  });

  test("its work can be merged all the same", async () => {
    const { repository, team } = await atWork();
    expectOk(await team.worktrees.remove("root"));
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
    expect(await repository.read("committed.txt")).toBe("committed\n");
    expect(expectOk(await team.worktrees.remove("root"))).toMatchObject({ status: "removed" });
  });
});

describe("a removal that was cut off", () => {
  /** What a process leaves that was killed at each step; answers where the folder stands. */
  const steps: Record<string, (team: Awaited<ReturnType<typeof atWork>>) => Promise<unknown>> = {
    "when the folder had been moved": async ({ record }) => {
      await rename(record.path, join(dirname(record.path), `.removed-${basename(record.path)}-x1`));
    },
    "before anything was kept": async ({ team, record }) => {
      await rename(record.path, join(dirname(record.path), `.removed-${basename(record.path)}-x1`));
      await team.store.transaction((tx) =>
        tx.run("UPDATE worktrees SET status = 'removed', removed_at = 1 WHERE agent_id = 'root'", []),
      );
    },
    "when git's record was forgotten already": async ({ repository, team, record }) => {
      const away = join(dirname(record.path), `.removed-${basename(record.path)}-x1`);
      await rename(record.path, away);
      await repository.git("worktree", "prune");
      await team.store.transaction((tx) =>
        tx.run("UPDATE worktrees SET status = 'removed', removed_at = 1 WHERE agent_id = 'root'", []),
      );
    },
  };
  for (const [name, reach] of Object.entries(steps)) {
    for (const way of ["the next start", "its agent's next work"] as const) {
      test(`${name} loses nothing: ${way}`, async () => {
        const scene = await atWork();
        const { team, record } = scene;
        await reach(scene);
        const again = await team.restart();
        if (way === "the next start") {
          await again.recover();
          await again.dispose();
        }
        expectOk(await again.ensure("root"));
        await expectBack(record.path);
        await again.dispose();
        expect(await namesIn(record.path)).toEqual([basename(record.path)]);
      });
    }
  }

  test("while its files were being deleted is finished by the next start", async () => {
    const { team, record } = await atWork();
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
    await mkdir(join(dirname(record.path), ".erasing-root-name-root-x1", "half"), { recursive: true });
    await team.worktrees.recover();
    await team.worktrees.dispose();
    expect(await namesIn(record.path)).toEqual([]);
  });
});

describe("a worktree whose folder is gone", () => {
  test("comes back from its branch and its last snapshot", async () => {
    const { repository, team, record } = await atWork();
    await team.worktrees.snapshot("root");
    const status = await repository.gitIn(record.path, "status", "--porcelain");
    await repository.git("clean", "-ffdxq");
    await rm(join(repository.root, ".banyan"), { recursive: true, force: true });
    expectOk(await team.worktrees.ensure("root"));
    expect(await team.read("root", "a.txt")).toBe("changed\n");
    expect(await team.read("root", "new/untracked.txt")).toBe("untracked\n");
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe(status);
    expect(team.logged).toEqual([]);
  });

  test("comes back with files that became folders, folders that became files, and links", async () => {
    const repository = await createRepository({ files: { one: "1\n", "two/a": "a\n", "three [x]": "3\n" } });
    const team = await createTeam(repository);
    const { path } = await team.start("root");
    for (const name of ["one", "two", "three [x]"]) await rm(join(path, name), { recursive: true });
    await team.write("root", "one/inside", "inside\n");
    await team.write("root", "two", "2\n");
    await symlink("/nowhere", join(path, "three [x]"));
    await team.worktrees.snapshot("root");
    const status = await repository.gitIn(path, "status", "--porcelain");
    await rm(path, { recursive: true });
    expectOk(await team.worktrees.ensure("root"));
    expect(await team.read("root", "one/inside")).toBe("inside\n");
    expect(await team.read("root", "two")).toBe("2\n");
    expect(await readlink(join(path, "three [x]"))).toBe("/nowhere");
    expect(await repository.gitIn(path, "status", "--porcelain")).toBe(status);
  });

  test("comes back with changes outside of a sparse checkout, and the rest of that stays away", async () => {
    const repository = await createRepository({ files: { "in/a": "a\n", "out/b": "b\n", "out/c": "c\n" } });
    await repository.git("sparse-checkout", "set", "in");
    const team = await createTeam(repository);
    const { path } = await team.start("root");
    expect(await readdir(path)).not.toContain("out");
    await team.write("root", "out/b", "changed\n");
    await team.write("root", "out/new", "new\n");
    const kept = await team.worktrees.snapshot("root");
    expect(await repository.git("show", `${kept}:out/c`)).toBe("c");
    await rm(path, { recursive: true });
    expectOk(await team.worktrees.ensure("root"));
    expect(await team.read("root", "out/b")).toBe("changed\n");
    expect(await team.read("root", "out/new")).toBe("new\n");
    expect(await readdir(join(path, "out"))).toEqual(["b", "new"]);
  });

  test("comes back as its branch is where that has moved since the snapshot", async () => {
    const { repository, team, record } = await atWork();
    await team.worktrees.snapshot("root");
    await team.worktrees.commitWork("root", "More");
    await rm(record.path, { recursive: true });
    expectOk(await team.worktrees.ensure("root"));
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe("");
    expect(await team.read("root", "new/untracked.txt")).toBe("untracked\n");
  });

  test("comes back whole after a crash while it came back", async () => {
    const { repository, team, record } = await atWork();
    await team.worktrees.snapshot("root");
    await rm(record.path, { recursive: true });
    expectOk(await team.worktrees.ensure("root"));
    // As if it had been killed before the snapshot was put on top.
    await repository.gitIn(record.path, "checkout", "--quiet", "HEAD", ".");
    await rm(join(record.path, "new"), { recursive: true });
    await team.store.transaction((tx) =>
      tx.run("UPDATE worktrees SET status = 'creating' WHERE agent_id = 'root'", []),
    );
    const again = await team.restart();
    await again.recover();
    expectOk(await again.ensure("root"));
    expect(await team.read("root", "a.txt")).toBe("changed\n");
    expect(await team.read("root", "new/untracked.txt")).toBe("untracked\n");
  });

  test("is taken up where it is there although its row says removed", async () => {
    const { team, record } = await atWork();
    await team.store.transaction((tx) =>
      tx.run("UPDATE worktrees SET status = 'removed', removed_at = 1 WHERE agent_id = 'root'", []),
    );
    await team.worktrees.recover();
    expect(await team.record("root")).toMatchObject({ status: "isolated", removedAt: null });
    await expectBack(record.path);
  });

  test("is made anew where something else stands in its place, which is moved aside", async () => {
    const { team, record } = await atWork();
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
    await mkdir(record.path);
    await writeFile(join(record.path, "strange.txt"), "strange\n");
    expectOk(await team.worktrees.ensure("root"));
    await expectBack(record.path);
    const [aside = ""] = (await namesIn(record.path)).filter((name) => name.startsWith(".aside-"));
    expect(await readdir(join(dirname(record.path), aside))).toEqual(["strange.txt"]);
  });
});
