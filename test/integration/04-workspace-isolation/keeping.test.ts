import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

const DAY_MS = 24 * 3_600_000;

async function started(id: string, settings = {}) {
  const repository = await createRepository({ files: { "a.txt": "a\n", ".gitignore": "*.log\n" } });
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const team = await createTeam(repository, clock, undefined, settings);
  const record = await team.start(id);
  return { repository, team, record, folder: dirname(record.path), later: (days: number) => (now += days * DAY_MS) };
}

const none: ReadonlySet<string> = new Set();

describe("orphans", () => {
  test("are none where git, the store and the disk agree, also of worktrees that were removed or archived", async () => {
    const { team, record } = await started("agent00001");
    await team.write("agent00001", "a.txt", "changed\n");
    await team.worktrees.snapshot("agent00001");
    expect(await team.worktrees.orphans(none)).toEqual([]);
    expectOk(await team.worktrees.remove("agent00001"));
    await team.worktrees.dispose();
    expect(await team.worktrees.orphans(none)).toEqual([]);
    expectOk(await team.worktrees.ensure("agent00001"));
    await team.store.transaction((tx) => tx.run("DELETE FROM worktrees", []));
    expect(await team.worktrees.orphans(new Set([record.agentId]))).toEqual([]);
  });

  test("are what a store that was lost leaves, as one for each agent, and are kept before they are taken away", async () => {
    const { repository, team, record, folder } = await started("agent00001");
    await team.write("agent00001", "a.txt", "snapshot\n");
    const snapshot = await team.worktrees.snapshot("agent00001");
    await team.write("agent00001", "a.txt", "changed since\n");
    await team.write("agent00001", "debug.log", "ignored\n");
    await team.store.transaction((tx) => tx.run("DELETE FROM worktrees", []));
    const name = "agent00001-name-agent00001";
    const [orphan, ...others] = await team.worktrees.orphans(none);
    expect(others).toEqual([]);
    expect(orphan).toEqual({
      name,
      kind: "worktree",
      path: record.path,
      isRecorded: true,
      branch: record.branch,
      filesCommit: snapshot,
      ignoredCommit: null,
    });
    if (orphan === undefined) return;
    expect(expectOk(await team.worktrees.cleanOrphan(orphan))).toBe(name);
    await team.worktrees.dispose();
    expect(await readdir(folder)).toEqual([".gitignore"]);
    expect(await repository.git("worktree", "list")).not.toContain(name);
    expect(await repository.git("show", `refs/banyan/orphans/${name}/files:a.txt`)).toBe("changed since");
    expect(await repository.git("show", `refs/banyan/orphans/${name}/ignored:debug.log`)).toBe("ignored");
    expect(await repository.git("rev-parse", record.branch, `refs/banyan/snapshots/agent00001`)).toContain(snapshot);
    const [left] = await team.worktrees.orphans(none);
    expect(left).toMatchObject({ name, path: null, isRecorded: false, branch: record.branch });
    const out = join(repository.root, "..", "out");
    expectOk(
      await team.worktrees.writeKept({ files: left?.filesCommit ?? "", ignored: left?.ignoredCommit ?? null }, out),
    );
    expect(await readFile(join(out, "a.txt"), "utf8")).toBe("changed since\n");
    expect(await readFile(join(out, "debug.log"), "utf8")).toBe("ignored\n");
    expect((await readdir(out)).sort()).toEqual([".gitignore", "a.txt", "debug.log"]);
  });

  test("are folders that no agent has, whatever is in them", async () => {
    const { repository, team, folder } = await started("agent00001");
    await mkdir(join(folder, "some where"), { recursive: true });
    await writeFile(join(folder, "some where", "x.txt"), "x\n");
    const [orphan, ...others] = await team.worktrees.orphans(none);
    expect(others).toEqual([]);
    expect(orphan).toMatchObject({ name: "some where", isRecorded: false, branch: null });
    if (orphan !== undefined) expectOk(await team.worktrees.cleanOrphan(orphan));
    expect(await repository.git("show", "refs/banyan/orphans/some-where/files:x.txt")).toBe("x");
  });

  test("what stood in a worktree's way is kept without touching that worktree", async () => {
    const { repository, team, record, folder } = await started("agent00001");
    await rename(record.path, join(folder, "elsewhere"));
    await mkdir(record.path);
    await writeFile(join(record.path, "strange.txt"), "strange\n");
    await rename(record.path, join(folder, ".aside-agent00001-name-agent00001-x1"));
    await rename(join(folder, "elsewhere"), record.path);
    await team.write("agent00001", "a.txt", "at work\n");
    const [orphan] = await team.worktrees.orphans(none);
    expect(orphan).toMatchObject({ kind: "leftover", name: ".aside-agent00001-name-agent00001-x1" });
    if (orphan !== undefined) expectOk(await team.worktrees.cleanOrphan(orphan));
    expect(await repository.git("show", "refs/banyan/orphans/agent00001-name-agent00001/files:strange.txt")).toBe(
      "strange",
    );
    expect(await team.read("agent00001", "a.txt")).toBe("at work\n");
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe("M a.txt");
  });

  test("repositories that a worktree held are shown, and never taken away", async () => {
    const { repository, team, record, folder } = await started("agent00001");
    await mkdir(join(record.path, "inner"));
    await repository.gitIn(join(record.path, "inner"), "init", "--quiet");
    expectOk(await team.worktrees.remove("agent00001"));
    await team.worktrees.dispose();
    const [orphan] = await team.worktrees.orphans(none);
    expect(orphan).toMatchObject({ kind: "repositories" });
    if (orphan !== undefined) expectRefused(await team.worktrees.cleanOrphan(orphan));
    expect((await readdir(folder)).filter((name) => name.startsWith(".kept-"))).toHaveLength(1);
  });

  test("a record of git's whose folder is gone is one, and is forgotten", async () => {
    const { repository, team, record } = await started("agent00001");
    await team.store.transaction((tx) => tx.run("DELETE FROM worktrees", []));
    await rm(record.path, { recursive: true });
    const [orphan] = await team.worktrees.orphans(none);
    expect(orphan).toMatchObject({ path: record.path, isRecorded: true, branch: record.branch });
    if (orphan !== undefined) expect(expectOk(await team.worktrees.cleanOrphan(orphan))).toBeNull();
    expect(await repository.git("worktree", "list")).not.toContain(record.path);
    expect(await repository.git("branch", "--list", record.branch)).toContain(record.branch);
  });
});

describe("ignored files", () => {
  test("that are too large are left out, smallest folders first, and it is said which", async () => {
    const { repository, team } = await started("agent00001", { ignoredFileBytes: 100, ignoredBytes: 150 });
    await repository.write(".git/info/exclude", "deps/\n");
    await team.write("agent00001", "huge.log", "x".repeat(101));
    await team.write("agent00001", "small.log", "x".repeat(60));
    await team.write("agent00001", "deps/one/a.js", "x".repeat(50));
    await team.write("agent00001", "deps/two/b.js", "x".repeat(50));
    expectOk(await team.worktrees.remove("agent00001"));
    await team.worktrees.dispose();
    const ref = "refs/banyan/ignored/agent00001";
    expect(await repository.git("ls-tree", "-r", "--name-only", ref)).toBe("small.log");
    const leftOut = await team.worktrees.leftOut([await team.record("agent00001")]);
    expect(leftOut.get("agent00001")).toEqual([
      { path: "huge.log", bytes: 101 },
      { path: "deps/", bytes: 100 },
    ]);
    expect(team.logged).toMatchObject([{ message: "Ignored files of a removed worktree were too large to be kept" }]);
  });

  test("are pushed only by who names their ref", async () => {
    const { repository, team } = await started("agent00001");
    await team.write("agent00001", "secret.log", "secret\n");
    expectOk(await team.worktrees.remove("agent00001"));
    await team.worktrees.dispose();
    await repository.git("init", "--bare", "--quiet", join(repository.root, "..", "remote.git"));
    await repository.git("remote", "add", "origin", join(repository.root, "..", "remote.git"));
    await repository.git("push", "--quiet", "--all", "origin");
    await repository.git("push", "--quiet", "--tags", "origin");
    expect(await repository.git("ls-remote", "origin")).not.toContain("refs/banyan/");
  });
});

describe("what is kept of removed worktrees", () => {
  async function removed(settings: { keepMs?: number | null; keepBytes?: number | null }, merged: boolean) {
    const scene = await started("agent00001", settings);
    await scene.team.write("agent00001", "a.txt", "work\n");
    await scene.team.worktrees.commitWork("agent00001", "Work");
    if (merged) expectOk(await scene.team.worktrees.mergeIntoCheckout("agent00001", "Merge"));
    await scene.team.write("agent00001", "a.txt", `uncommitted ${"x".repeat(2000)}\n`);
    await scene.team.write("agent00001", "debug.log", "ignored\n");
    expectOk(await scene.team.worktrees.remove("agent00001"));
    await scene.team.worktrees.dispose();
    const refs = () => scene.repository.git("for-each-ref", "--format=%(refname)", "refs/banyan");
    return { ...scene, refs };
  }

  const both = "refs/banyan/ignored/agent00001\nrefs/banyan/snapshots/agent00001";

  test("of merged work is forgotten after its time, not before; the branch stays", async () => {
    const { repository, team, record, refs, later } = await removed({ keepMs: 30 * DAY_MS }, true);
    later(29);
    await team.worktrees.sweep();
    expect(await refs()).toBe(both);
    later(2);
    await team.worktrees.sweep();
    expect(await refs()).toBe("");
    expect(await team.record("agent00001")).toMatchObject({ snapshotCommit: null, ignoredCommit: null });
    expect(await repository.git("branch", "--list", record.branch)).toContain(record.branch);
    expectOk(await team.worktrees.ensure("agent00001"));
    expect(await team.read("agent00001", "a.txt")).toBe("work\n");
  });

  test("of work that was not merged is never forgotten by itself, only when it is asked for", async () => {
    const { team, refs, later } = await removed({ keepMs: DAY_MS, keepBytes: 0 }, false);
    later(1000);
    await team.worktrees.sweep();
    expect(await refs()).toBe(both);
    expect(await team.worktrees.purge(["agent00001"])).toEqual(["agent00001"]);
    expect(await refs()).toBe("");
  });

  test("of merged work is forgotten, oldest first, when it takes up too much", async () => {
    const roomy = await removed({ keepBytes: 1_000_000 }, true);
    await roomy.team.worktrees.sweep();
    expect(await roomy.refs()).toBe(both);
    const tight = await removed({ keepBytes: 10 }, true);
    await tight.team.worktrees.sweep();
    expect(await tight.refs()).toBe("");
  });

  test("stays where the worktree came back", async () => {
    const { team, refs, later } = await removed({ keepMs: DAY_MS }, true);
    expectOk(await team.worktrees.ensure("agent00001"));
    later(1000);
    await team.worktrees.sweep();
    expect(await team.worktrees.purge(["agent00001"])).toEqual([]);
    expect(await refs()).toBe(both);
  });
});
