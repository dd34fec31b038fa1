import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository, type TestRepository, type Trap } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

/** Everything that an agent's life brings: make, commit, snapshot, merge, diff, list, search, remove. */
async function liveAndMerge(team: TestTeam): Promise<void> {
  await team.start("root");
  await team.start("ada", "root");
  await team.write("ada", "a.txt", "by ada\n");
  await team.write("ada", "deep/new.txt", "new\n");
  await team.write("root", "b.txt", "by root\n");
  await team.worktrees.snapshot("ada");
  expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
  expectOk(await team.worktrees.diff("ada"));
  expectOk(await team.worktrees.patch("ada"));
  const files = team.worktrees.files(await team.record("root"));
  await files.list(".");
  const query = { pattern: "by", path: ".", ignoreCase: false, limit: 10, offset: 0 };
  expectOk(await files.search(query, new AbortController().signal));
  expectOk(await team.worktrees.remove("ada"));
  expectOk(await team.worktrees.ensure("ada"));
}

async function trapped(plant: (repository: TestRepository, trap: Trap) => Promise<unknown>, files = {}) {
  const repository = await createRepository({ files: { "a.txt": "a\n", "b.txt": "b\n", ...files } });
  const trap = await repository.trap();
  await plant(repository, trap);
  const team = await createTeam(repository);
  await liveAndMerge(team);
  return { repository, team, trap };
}

describe("a program that a configuration names does not run", () => {
  test("hooks", async () => {
    const { trap } = await trapped(async (repository, { script }) => {
      const hooks = join(repository.root, ".git", "hooks");
      await mkdir(hooks, { recursive: true });
      const names = [
        "post-checkout",
        "pre-commit",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "post-merge",
      ];
      for (const name of names) await symlink(script, join(hooks, name));
    });
    expect(await trap.sprung()).toBe(false);
  });

  test("hooks that core.hooksPath names", async () => {
    const { trap } = await trapped(async (repository, { script }) => {
      const hooks = join(repository.root, "..", "planted");
      await mkdir(hooks);
      for (const name of ["post-checkout", "reference-transaction", "post-index-change"]) {
        await symlink(script, join(hooks, name));
      }
      await repository.git("config", "core.hooksPath", hooks);
    });
    expect(await trap.sprung()).toBe(false);
  });

  test("a file system monitor", async () => {
    const { trap } = await trapped((repository, { script }) => repository.git("config", "core.fsmonitor", script));
    expect(await trap.sprung()).toBe(false);
  });

  for (const name of ["planted", "with=equals", "With.Dots And Spaces"]) {
    test(`a filter called ${name}, and content passes unchanged`, async () => {
      const { trap, team } = await trapped(async (repository, { script }) => {
        const attributes = name.includes(" ") ? "" : `*.txt filter=${name}\n`;
        await writeFile(join(repository.root, ".git", "info", "attributes"), attributes);
        await repository.git("config", `filter.${name}.clean`, script);
        await repository.git("config", `filter.${name}.smudge`, script);
        await repository.git("config", `filter.${name}.process`, script);
        await repository.git("config", `filter.${name}.required`, "true");
      });
      expect(await trap.sprung()).toBe(false);
      expect(await team.read("root", "deep/new.txt")).toBe("new\n");
    });
  }

  test("a filter that is planted while the agent works", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const trap = await repository.trap();
    const team = await createTeam(repository);
    await team.start("root");
    await team.write("root", ".gitattributes", "* filter=late\n");
    await repository.git("config", "filter.late.clean", trap.script);
    await team.worktrees.commitWork("root", "Work");
    await team.worktrees.snapshot("root");
    expect(await trap.sprung()).toBe(false);
  });

  test("a merge driver: both sides are merged as text", async () => {
    const repository = await createRepository({
      files: { "a.txt": "1\n2\n3\n4\n5\n6\n7\n", ".gitattributes": "* merge=planted\n" },
    });
    const trap = await repository.trap();
    await repository.git("config", "merge.planted.driver", `${trap.script} %A %O %B`);
    const team = await createTeam(repository);
    await team.start("root");
    await team.start("ada", "root");
    await team.write("ada", "a.txt", "ada\n2\n3\n4\n5\n6\n7\n");
    await team.write("root", "a.txt", "1\n2\n3\n4\n5\n6\nroot\n");
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge"));
    expect(await team.read("root", "a.txt")).toBe("ada\n2\n3\n4\n5\n6\nroot\n");
    expect(await trap.sprung()).toBe(false);
  });

  test("a merge driver: a conflict stays a conflict", async () => {
    const repository = await createRepository({ files: { "a.txt": "1\n", ".gitattributes": "* merge=planted\n" } });
    await repository.git("config", "merge.planted.driver", "true");
    const team = await createTeam(repository);
    await team.start("root");
    await team.start("ada", "root");
    await team.write("ada", "a.txt", "ada\n");
    await team.write("root", "a.txt", "root\n");
    expect(expectRefused(await team.worktrees.mergeIntoParent("ada", "root", "Merge")).code).toBe("conflict");
  });

  test("external diff, text conversion, pager, editor, signing", async () => {
    const { trap } = await trapped(async (repository, { script }) => {
      await writeFile(join(repository.root, ".git", "info", "attributes"), "*.txt diff=planted\n");
      for (const key of [
        "diff.external",
        "diff.planted.command",
        "diff.planted.textconv",
        "core.pager",
        "core.editor",
        "gpg.program",
      ]) {
        await repository.git("config", key, script);
      }
      await repository.git("config", "commit.gpgsign", "true");
      await repository.git("config", "log.showSignature", "true");
    });
    expect(await trap.sprung()).toBe(false);
  });

  test("variables of the process that starts the engine", async () => {
    const repository = await createRepository();
    const trap = await repository.trap();
    const { script } = trap;
    Object.assign(repository.environment, {
      GIT_EXTERNAL_DIFF: script,
      GIT_EDITOR: script,
      GIT_PAGER: script,
      GIT_ASKPASS: script,
      GIT_SSH_COMMAND: script,
      GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${script}'`,
      EDITOR: script,
      PAGER: script,
    });
    await liveAndMerge(await createTeam(repository));
    expect(await trap.sprung()).toBe(false);
  });

  test("a GIT_DIR around the engine leads nowhere else", async () => {
    const repository = await createRepository();
    const other = await createRepository();
    Object.assign(repository.environment, {
      GIT_DIR: join(other.root, ".git"),
      GIT_INDEX_FILE: join(other.root, "index"),
    });
    const before = await other.git("for-each-ref");
    const team = await createTeam(repository);
    await team.start("root");
    await team.write("root", "x.txt", "x\n");
    await team.worktrees.commitWork("root", "Work");
    expect(await other.git("for-each-ref")).toBe(before);
    expect(await other.has("index")).toBe(false);
  });
});

describe("a repository inside a worktree", () => {
  const plant = async (repository: TestRepository, folder: string, script: string) => {
    await mkdir(folder, { recursive: true });
    await repository.gitIn(folder, "init", "--quiet");
    await writeFile(join(folder, "inner.txt"), "inner\n");
    await writeFile(join(folder, ".gitattributes"), "* filter=planted\n");
    await repository.gitIn(folder, "add", "--all");
    await repository.gitIn(folder, "commit", "--quiet", "-m", "Inner");
    await repository.gitIn(folder, "config", "core.fsmonitor", script);
    await repository.gitIn(folder, "config", "filter.planted.clean", script);
    await writeFile(join(folder, "inner.txt"), "inner, changed\n");
  };

  test("is left out of commits and named in the log, and nothing in it runs", async () => {
    const repository = await createRepository();
    const trap = await repository.trap();
    const team = await createTeam(repository);
    const { path } = await team.start("root");
    await plant(repository, join(path, "vendor", "inner"), trap.script);
    await team.write("root", "x.txt", "x\n");
    const tip = await team.worktrees.commitWork("root", "Work");
    await team.worktrees.snapshot("root");
    expect(await repository.git("ls-tree", "-r", "--name-only", tip)).toBe("README.md\nx.txt");
    expect(team.logged.map((line) => line.fields).join()).toContain("vendor/inner");
    expect(await trap.sprung()).toBe(false);
  });

  test("in place of a submodule runs nothing, and the submodule stays as it was recorded", async () => {
    const repository = await createRepository();
    const inner = await createRepository();
    const commit = await inner.git("rev-parse", "HEAD");
    await repository.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
    await repository.git("commit", "--quiet", "-m", "Submodule");
    await mkdir(join(repository.root, "sub"));
    const trap = await repository.trap();
    const team = await createTeam(repository);
    const { path } = await team.start("root");
    await plant(repository, join(path, "sub"), trap.script);
    await team.write("root", "x.txt", "x\n");
    const tip = await team.worktrees.commitWork("root", "Work");
    expect(await repository.git("ls-tree", tip, "sub")).toContain(commit);
    expect(await repository.git("diff-tree", "-r", "--name-only", `${tip}^`, tip)).toBe("x.txt");
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
    expectOk(await team.worktrees.ensure("root"));
    expect(await repository.gitIn(join(path, "sub"), "rev-parse", "HEAD")).toMatch(/^[0-9a-f]{40}$/);
    expect(await trap.sprung()).toBe(false);
  });

  test("without a commit does not stop the others", async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    const { path } = await team.start("root");
    await mkdir(join(path, "fresh"));
    await repository.gitIn(join(path, "fresh"), "init", "--quiet");
    await team.write("root", "x.txt", "x\n");
    const tip = await team.worktrees.commitWork("root", "Work");
    expect(await repository.git("ls-tree", "--name-only", tip)).toBe("README.md\nx.txt");
  });

  test("a name that git never takes does not stop the others, and is logged", async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    await team.start("root");
    await team.write("root", ".GIT/config", "[core]\n");
    await team.write("root", "x.txt", "x\n");
    const tip = await team.worktrees.commitWork("root", "Work");
    expect(await repository.git("ls-tree", "--name-only", tip)).toBe("README.md\nx.txt");
    expect(team.logged.map((line) => line.fields).join()).toContain(".GIT/config");
  });
});

describe("a worktree that was tampered with", () => {
  const prepared = async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    const record = await team.start("ada");
    await team.start("bob");
    return { repository, team, pointer: join(record.path, ".git"), path: record.path };
  };

  const expectQuarantined = async (team: TestTeam, why: string) => {
    await expect(team.worktrees.commitWork("ada", "Work")).rejects.toThrow(why);
    expect((await team.record("ada")).status).toBe("quarantined");
    expect(expectRefused(await team.worktrees.ensure("ada")).code).toBe("untrusted");
  };

  test("is quarantined when its pointer leads to another repository", async () => {
    const { team, pointer } = await prepared();
    const other = await createRepository();
    await writeFile(pointer, `gitdir: ${join(other.root, ".git")}\n`);
    await expectQuarantined(team, "outside of");
    expect(await other.git("rev-list", "--count", "--all")).toBe("1");
  });

  test("is quarantined when its pointer leads to another agent's", async () => {
    const { team, pointer } = await prepared();
    await writeFile(pointer, await readFile(join((await team.record("bob")).path, ".git")));
    await expectQuarantined(team, "belongs to another worktree");
  });

  test("is quarantined when its pointer leads to the user's checkout", async () => {
    const { repository, team, pointer } = await prepared();
    await writeFile(pointer, `gitdir: ${join(repository.root, ".git")}\n`);
    await expectQuarantined(team, "outside of");
  });

  test("is quarantined when a repository stands in the pointer's place", async () => {
    const { repository, team, pointer, path } = await prepared();
    await rm(pointer);
    await repository.gitIn(path, "init", "--quiet");
    await expectQuarantined(team, "not the pointer");
  });

  test("is quarantined when it is on another branch", async () => {
    const { repository, team, path } = await prepared();
    await repository.gitIn(path, "switch", "--quiet", "-c", "mine");
    await expectQuarantined(team, "not on its branch");
  });

  test("is quarantined when its folder is a link", async () => {
    const { team, path } = await prepared();
    const bob = (await team.record("bob")).path;
    await rm(path, { recursive: true });
    await symlink(bob, path);
    await expectQuarantined(team, "a link");
  });

  test("is used again when it was put right and its agent is started", async () => {
    const { team, pointer } = await prepared();
    const right = await readFile(pointer);
    await writeFile(pointer, "gitdir: /nowhere\n");
    await expectQuarantined(team, "not used any more");
    await writeFile(pointer, right);
    await expect(team.worktrees.commitWork("ada", "Work")).rejects.toThrow("quarantined");
    expect(expectOk(await team.worktrees.ensure("ada")).status).toBe("isolated");
    await team.worktrees.commitWork("ada", "Work");
  });

  test("gives its tools a refusal", async () => {
    const { team, pointer } = await prepared();
    const files = team.worktrees.files(await team.record("ada"));
    await writeFile(pointer, "gitdir: /nowhere\n");
    const query = { pattern: "x", path: ".", ignoreCase: false, limit: 10, offset: 0 };
    expect(expectRefused(await files.search(query, new AbortController().signal)).code).toBe("untrusted");
    await expect(files.list(".")).rejects.toThrow("not used any more");
  });
});

test("a lock that a killed git left in a worktree is removed", async () => {
  const repository = await createRepository();
  const team = await createTeam(repository);
  await team.start("ada");
  const admin = join(repository.root, ".git", "worktrees", "ada-name-ada");
  await writeFile(join(admin, "index.lock"), "");
  await writeFile(join(admin, "banyan-snapshot-index.lock"), "");
  await team.write("ada", "x.txt", "x\n");
  await team.worktrees.snapshot("ada");
  await team.worktrees.commitWork("ada", "Work");
  expect(await repository.git("show", "banyan/ada-name-ada:x.txt")).toBe("x");
});

test("a file that git can't take is left out and logged", async () => {
  const repository = await createRepository();
  const team = await createTeam(repository);
  await team.start("ada");
  // Git takes no path that some file system would read as .git.
  await team.write("ada", "git~1", "x\n");
  await team.write("ada", "open.txt", "x\n");
  const tip = await team.worktrees.commitWork("ada", "Work");
  expect(await repository.git("ls-tree", "--name-only", tip)).toBe("README.md\nopen.txt");
  expect(team.logged.map((line) => line.message)).toContain("Git could not take some files of a worktree");
});
