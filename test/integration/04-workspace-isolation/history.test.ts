import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DiffQuery } from "../../../src/engine/tools/tool.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

const { signal } = new AbortController();
const whole: DiffQuery = { from: "base", path: ".", offset: 1, limit: 1000 };

async function started(files: Readonly<Record<string, string>> = { "a.txt": "a\n", ".gitignore": "out/\n" }) {
  const repository = await createRepository({ files });
  const team = await createTeam(repository);
  const record = await team.start("ada");
  const history = team.worktrees.history(record);
  const diff = async (query: Partial<DiffQuery> = {}) => expectOk(await history.diff({ ...whole, ...query }, signal));
  return { repository, team, record, history, diff };
}

describe("an agent's diff", () => {
  test("shows committed, uncommitted and new files, and changes nothing", async () => {
    const { repository, team, record, history, diff } = await started();
    await team.write("ada", "b.txt", "b\n");
    const made = expectOk(await history.commit("Add b"));
    await team.write("ada", "a.txt", "a\nmore\n");
    await team.write("ada", "new/c.txt", "c\n");
    await team.write("ada", "out/built", "x\n");
    const before = await repository.gitIn(record.path, "status", "--porcelain", "--untracked-files=all");
    const { files, lines, more } = await diff();
    expect(files.map(({ path, status, added }) => [path, status, added])).toEqual([
      ["a.txt", "modified", 1],
      ["b.txt", "added", 1],
      ["new/c.txt", "added", 1],
    ]);
    expect(more).toBe(false);
    expect(lines.map(({ text }) => text)).toContain("+more");
    expect((await diff({ from: "head" })).files.map(({ path }) => path)).toEqual(["a.txt", "new/c.txt"]);
    expect((await diff({ from: made?.id.slice(0, 10) ?? "" })).files).toHaveLength(2);
    expect((await diff({ path: "new" })).files.map(({ path }) => path)).toEqual(["new/c.txt"]);
    expect((await diff({ offset: 2, limit: 1 })).more).toBe(true);
    expect(await repository.gitIn(record.path, "status", "--porcelain", "--untracked-files=all")).toBe(before);
    expect(await readdir(join(repository.root, ".git/worktrees/ada-name-ada"))).not.toContain("banyan-diff-index");
  });

  test("of several at once is the same for each", async () => {
    const { team, diff } = await started();
    await team.write("ada", "b.txt", "b\n");
    const all = await Promise.all([diff(), diff(), diff({ from: "head" })]);
    expect(all.map(({ files }) => files.map(({ path }) => path))).toEqual([["b.txt"], ["b.txt"], ["b.txt"]]);
  });

  test("is refused from what is no commit of its own branch", async () => {
    const { team, history } = await started();
    await team.start("bob");
    await team.write("bob", "secret.txt", "s\n");
    const other = await team.worktrees.commitWork("bob", "Secret");
    for (const from of [other, "main", "HEAD", "--help", "refs/heads/banyan/bob-name-bob", "ffffffff", "a:b"]) {
      expect(expectRefused(await history.diff({ ...whole, from }, signal)).code, from).toBe("not_found");
    }
  });

  test("does not take a path for a pattern", async () => {
    const { team, diff } = await started();
    await team.write("ada", "b.txt", "b\n");
    expect((await diff({ path: "*.txt" })).files).toEqual([]);
    expect((await diff({ path: ":/" })).files).toEqual([]);
  });
});

describe("an agent's log", () => {
  test("has its own commits first, then those before, a part at a time", async () => {
    const { team, record, history } = await started();
    for (const name of ["one", "two"]) {
      await team.write("ada", `${name}.txt`, name);
      expectOk(await history.commit(`Add ${name}\n\nBecause.`));
    }
    const log = expectOk(await history.log({ offset: 0, limit: 10 }));
    expect(log).toMatchObject({ base: record.baseCommit, sinceBase: 2, more: false });
    expect(log.commits.map(({ subject, author }) => [subject, author])).toEqual([
      ["Add two", "ada-name (Banyan)"],
      ["Add one", "ada-name (Banyan)"],
      ["First", "First"],
    ]);
    const part = expectOk(await history.log({ offset: 1, limit: 1 }));
    expect(part.commits.map(({ subject }) => subject)).toEqual(["Add one"]);
    expect(part.more).toBe(true);
    expect(expectOk(await history.log({ offset: 2, limit: 5 })).commits.map(({ subject }) => subject)).toEqual([
      "First",
    ]);
    expect(expectOk(await history.log({ offset: 9, limit: 5 })).commits).toEqual([]);
  });

  test("needs no worktree", async () => {
    const { team } = await started();
    const record = await team.hire("bob");
    const log = expectOk(await team.worktrees.history(record).log({ offset: 0, limit: 5 }));
    expect(log).toMatchObject({ sinceBase: 0, commits: [{ subject: "First" }] });
    expect((await team.record("bob")).status).toBe("creating");
  });
});

describe("an agent's status", () => {
  test("names branch, base, target, and what is uncommitted, nested and ignored", async () => {
    const { team, record, history } = await started();
    await team.write("ada", "b.txt", "b\n");
    expectOk(await history.commit("Add b"));
    await team.remove("ada", "a.txt");
    await team.write("ada", "b.txt", "B\n");
    await team.write("ada", "c c.txt", "c\n");
    await team.write("ada", "out/deep/built", "x\n");
    await mkdir(join(record.path, "nested/.git"), { recursive: true });
    await writeFile(join(record.path, "nested/.git/HEAD"), "ref: refs/heads/main\n");
    await mkdir(join(record.path, "nested/.git/objects"));
    await mkdir(join(record.path, "nested/.git/refs"));
    await writeFile(join(record.path, "nested/file"), "x\n");
    expect(expectOk(await history.status())).toMatchObject({
      branch: record.branch,
      base: record.baseCommit,
      target: "main",
      commitsSinceBase: 1,
      uncommitted: [
        { path: "a.txt", what: "deleted" },
        { path: "b.txt", what: "modified" },
        { path: "c c.txt", what: "new" },
      ],
      nested: ["nested"],
      ignored: ["out/"],
    });
  });
});

describe("an agent's commit", () => {
  test("holds all that is uncommitted, by the agent, and answers its files", async () => {
    const { repository, team, record, history } = await started();
    await team.remove("ada", "a.txt");
    await team.write("ada", "new/b.txt", "b\n");
    const made = expectOk(await history.commit("Move a\n\n# not a comment"));
    expect(made?.files).toEqual(["a.txt", "new/b.txt"]);
    expect(await repository.git("log", "-1", "--format=%an|%B", record.branch)).toBe(
      "ada-name (Banyan)|Move a\n\n# not a comment",
    );
    expect(await repository.git("rev-parse", record.branch)).toBe(made?.id);
    expect(expectOk(await history.commit("Again"))).toBeNull();
    expect(await repository.git("rev-parse", record.branch)).toBe(made?.id);
  });

  test("runs no hook, filter or driver that an agent or the repository names", async () => {
    const { repository, team, history, diff } = await started();
    const trap = await repository.trap();
    await repository.git("config", "filter.evil.clean", trap.script);
    await repository.git("config", "diff.evil.textconv", trap.script);
    await repository.git("config", "diff.external", trap.script);
    await repository.git("config", "core.fsmonitor", trap.script);
    await writeFile(join(repository.root, ".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    await team.write("ada", ".gitattributes", "* filter=evil diff=evil\n");
    await team.write("ada", "b.txt", "b\n");
    await diff();
    expectOk(await history.status());
    expectOk(await history.log({ offset: 0, limit: 5 }));
    expectOk(await history.commit("Add b"));
    expect(await trap.sprung()).toBe(false);
  });

  test("of a worktree whose pointer leads elsewhere is refused, as are diff and status", async () => {
    const { repository, team, record, history } = await started();
    const other = await createRepository();
    await team.remove("ada", ".git");
    await symlink(join(other.root, ".git"), join(record.path, ".git"));
    const before = await repository.fingerprint();
    expect(expectRefused(await history.status()).code).toBe("untrusted");
    expect(expectRefused(await history.diff(whole, signal)).code).toBe("untrusted");
    expect(expectRefused(await history.commit("x")).code).toBe("untrusted");
    expect((await team.record("ada")).status).toBe("quarantined");
    expect(await repository.fingerprint()).toBe(before);
  });
});
