import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

/** A root whose work (a.txt changed, new.txt added) is ready to be merged. */
async function readyToMerge() {
  const repository = await createRepository({ files: { "a.txt": "one\n", "b.txt": "b\n" } });
  const team = await createTeam(repository);
  await team.start("root");
  await team.write("root", "a.txt", "two\n");
  await team.write("root", "new.txt", "new\n");
  await team.worktrees.commitWork("root", "Work");
  const merge = (how = {}) => team.worktrees.mergeIntoCheckout("root", "Merge root", how);
  const undo = () => team.worktrees.undoMerge("root");
  return { repository, team, merge, undo };
}

/** A hook of the repository's own. */
async function hook(repository: TestRepository, name: string, body: string): Promise<void> {
  const folder = join(repository.root, ".git", "hooks");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, name), 0o755);
}

describe("the repository's own hooks", () => {
  test("see the merged files before the commit is made, and agree to it", async () => {
    const { repository, merge } = await readyToMerge();
    await hook(
      repository,
      "pre-merge-commit",
      "cat a.txt > seen; git diff --cached --name-only >> seen; git rev-parse HEAD >> seen",
    );
    const before = await repository.git("rev-parse", "HEAD");
    expectOk(await merge());
    expect(await repository.read("seen")).toBe(`two\na.txt\nnew.txt\n${before}\n`);
    expect(await repository.git("log", "-1", "--format=%s|%P")).toContain(`Merge root|${before} `);
    expect(await repository.git("status", "--porcelain")).toBe("?? seen");
  });

  test("that say no stop the merge, and all is as it was", async () => {
    const { repository, team, merge } = await readyToMerge();
    await repository.write("b.txt", "the user's\n");
    await repository.write("staged.txt", "staged\n");
    await repository.git("add", "staged.txt");
    await hook(repository, "pre-merge-commit", "echo tests failed; echo line two >&2; exit 3");
    const before = await repository.fingerprint();
    const refusal = expectRefused(await merge());
    expect(refusal.code).toBe("hook_failed");
    expect(refusal.message).toContain("pre-merge-commit");
    expect(refusal.message).toContain("tests failed");
    expect(refusal.message).toContain("line two");
    expect(await repository.fingerprint()).toBe(before);
    expect((await team.record("root")).status).toBe("isolated");
    await hook(repository, "pre-merge-commit", "exit 0");
    expectOk(await merge());
    expect(await repository.read("b.txt")).toBe("the user's\n");
    expect(await repository.git("status", "--porcelain")).toBe("M b.txt\nA  staged.txt");
  });

  test("may change the message and the merge's own files", async () => {
    const { repository, merge } = await readyToMerge();
    await hook(repository, "commit-msg", 'echo "Reviewed-by: Una" >> "$1"');
    await hook(repository, "pre-merge-commit", "echo formatted > new.txt; git add new.txt");
    expectOk(await merge());
    expect(await repository.git("log", "-1", "--format=%B")).toBe("Merge root\nReviewed-by: Una");
    expect(await repository.git("show", "HEAD:new.txt")).toBe("formatted");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("for a squash are those of an ordinary commit", async () => {
    const { repository, merge } = await readyToMerge();
    await hook(repository, "pre-merge-commit", "exit 1");
    await hook(repository, "pre-commit", "echo ran > seen");
    expectOk(await merge({ manner: "squash" }));
    expect(await repository.read("seen")).toBe("ran\n");
  });

  test("that were cut off by a crash leave nothing merged", async () => {
    const { repository, team, merge } = await readyToMerge();
    // The hook takes the recorded intent for as long as it runs: what a second process finds then is what a crash leaves.
    await hook(repository, "pre-merge-commit", `touch running; while [ ! -e go ]; do sleep 0.05; done; exit 1`);
    const merging = merge();
    await expect.poll(() => repository.has("running")).toBe(true);
    expect((await team.record("root")).status).toBe("merging");
    const next = await team.restart();
    await next.recover();
    expect(await repository.read("a.txt")).toBe("one\n");
    expect(await repository.has("new.txt")).toBe(false);
    expect((await team.record("root")).status).toBe("isolated");
    await repository.write("go", "");
    await merging.catch(() => {});
    expect(await repository.read("a.txt")).toBe("one\n");
    expect(await repository.git("status", "--porcelain")).toBe("?? go\n?? running");
  });
});

describe("undoing a merge", () => {
  test("puts branch, index and files back, and lets it be merged again", async () => {
    const { repository, team, merge, undo } = await readyToMerge();
    await repository.write("b.txt", "the user's\n");
    const before = await repository.fingerprint();
    expectOk(await merge());
    expect(expectOk(await undo()).state).toBe("undone");
    expect(await repository.fingerprint()).toBe(before);
    expect(await repository.read("b.txt")).toBe("the user's\n");
    expect((await team.record("root")).status).toBe("isolated");
    expectOk(await merge());
    expect(await repository.read("a.txt")).toBe("two\n");
    expect((await team.worktrees.merges("root")).map(({ state }) => state)).toEqual(["undone", "made"]);
  });

  test("is refused when something came on top, and where the user changed what it touches", async () => {
    const { repository, merge, undo } = await readyToMerge();
    expect(expectRefused(await undo()).code).toBe("not_found");
    expectOk(await merge());
    await repository.write("a.txt", "edited\n");
    const before = await repository.fingerprint();
    expect(expectRefused(await undo()).code).toBe("dirty_checkout");
    expect(await repository.fingerprint()).toBe(before);
    await repository.commit("On top");
    expect(expectRefused(await undo())).toMatchObject({ code: "illegal_move" });
  });

  test("of a part leaves the part open again", async () => {
    const { repository, team, merge, undo } = await readyToMerge();
    const { reviews } = team.worktrees;
    expectOk(await reviews.mark("root", { agent: "root", path: "new.txt", decision: "accepted" }));
    expectOk(await merge({ acceptedOnly: true }));
    expect(expectOk(await reviews.get("root"))).toMatchObject({
      files: [{ path: "a.txt" }],
      undoable: { state: "made" },
    });
    expectOk(await undo());
    expect(await repository.has("new.txt")).toBe(false);
    expect(expectOk(await reviews.get("root")).files.map(({ path }) => path)).toEqual(["a.txt", "new.txt"]);
  });
});

describe("conflicts", () => {
  /** The work and the user's branch changed the same line; a third file goes one way each. */
  async function conflicting() {
    const ready = await readyToMerge();
    await ready.repository.commit("The user's", { "a.txt": "the user's\n", "c.txt": "c\n" });
    return ready;
  }

  test("are found before anything is touched, and resolved in the agent's worktree", async () => {
    const { repository, team, merge } = await conflicting();
    const before = await repository.fingerprint();
    expect(expectRefused(await merge())).toMatchObject({ code: "conflict" });
    expect(expectOk(await team.worktrees.reviews.get("root")).conflicts).toEqual(["a.txt"]);
    const resolution = expectOk(await team.worktrees.beginResolution("root"));
    expect(resolution.files).toEqual(["a.txt"]);
    expect((await team.record("root")).status).toBe("conflicted");
    expect(await team.read("root", "a.txt")).toMatch(/^<<<<<<< .*\ntwo\n=======\nthe user's\n>>>>>>> /);
    expect(await team.read("root", "c.txt")).toBe("c\n");
    expect(expectRefused(await team.worktrees.finishResolution("root"))).toMatchObject({ code: "conflict" });
    expect(await repository.fingerprint()).toBe(before);
    await team.write("root", "a.txt", "both\n");
    expectOk(await team.worktrees.finishResolution("root"));
    expect((await team.record("root")).status).toBe("isolated");
    const review = expectOk(await team.worktrees.reviews.get("root"));
    expect(review.files.map(({ path }) => path)).toEqual(["a.txt", "new.txt"]);
    expectOk(await merge());
    expect(await repository.read("a.txt")).toBe("both\n");
    expect(await repository.read("c.txt")).toBe("c\n");
  });

  test("are kept over a restart, and committed with the agent's own work when it ends", async () => {
    const { team } = await conflicting();
    expectOk(await team.worktrees.beginResolution("root"));
    const next = await team.restart();
    await next.recover();
    expectOk(await next.ensure("root"));
    expect((await team.record("root")).status).toBe("conflicted");
    await expect(next.commitWork("root", "Work")).rejects.toThrow("a.txt");
    await team.write("root", "a.txt", "both\n");
    const tip = await next.commitWork("root", "Work");
    expect(tip).toBe((await team.record("root")).headCommit);
    expect((await team.record("root")).status).toBe("isolated");
  });

  test("that are abandoned leave the worktree as it was, and what was resolved in a snapshot", async () => {
    const { repository, team } = await conflicting();
    expectOk(await team.worktrees.beginResolution("root"));
    await team.write("root", "a.txt", "half\n");
    expectOk(await team.worktrees.abandonResolution("root"));
    expect(await team.read("root", "a.txt")).toBe("two\n");
    const record = await team.record("root");
    expect(record.status).toBe("isolated");
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe("");
    expect(await repository.git("show", `${record.snapshotCommit}:a.txt`)).toBe("half");
  });

  test("between a child and its parent are resolved by the child", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const team = await createTeam(repository);
    await team.start("root");
    await team.start("ada", "root");
    await team.write("ada", "a.txt", "ada\n");
    await team.write("root", "a.txt", "root\n");
    await team.worktrees.commitWork("root", "Work");
    expect(expectRefused(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada")).code).toBe("conflict");
    expectOk(await team.worktrees.beginResolution("ada"));
    await team.write("ada", "a.txt", "root and ada\n");
    expectOk(await team.worktrees.finishResolution("ada"));
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(await team.read("root", "a.txt")).toBe("root and ada\n");
  });

  test("are seen coming: between agents, and with the user's branch", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n", "b.txt": "b\n" } });
    const team = await createTeam(repository);
    for (const [id, file] of [
      ["ada", "a.txt"],
      ["bob", "a.txt"],
      ["cy", "b.txt"],
    ] as const) {
      await team.start(id);
      await team.write(id, file, `${id}\n`);
      await team.worktrees.snapshot(id);
    }
    expect(await team.worktrees.collisions()).toEqual([
      { agentId: "ada", otherId: "bob", otherBranch: "banyan/bob-name-bob", files: ["a.txt"] },
    ]);
    await repository.commit("The user's", { "b.txt": "the user's\n" });
    expect(await team.worktrees.collisions()).toContainEqual({
      agentId: "cy",
      otherId: null,
      otherBranch: "main",
      files: ["b.txt"],
    });
  });
});

describe("a root that takes the user's uncommitted changes along", () => {
  async function carrying() {
    const repository = await createRepository({ files: { "a.txt": "one\n", "b.txt": "b\n", ".gitignore": "*.log\n" } });
    await repository.write("b.txt", "uncommitted\n");
    await repository.write("untracked.txt", "untracked\n");
    await repository.write("staged.txt", "staged\n");
    await repository.write("ignored.log", "ignored\n");
    await repository.git("add", "staged.txt");
    const before = await repository.fingerprint();
    const team = await createTeam(repository);
    const start = expectOk(await team.worktrees.startOf({ withChanges: true }));
    await team.hireFrom("root", start);
    expectOk(await team.worktrees.ensure("root"));
    return { repository, team, before };
  }

  test("sees them, and the user's checkout stays as it is", async () => {
    const { repository, team, before } = await carrying();
    expect(await team.read("root", "b.txt")).toBe("uncommitted\n");
    expect(await team.read("root", "untracked.txt")).toBe("untracked\n");
    expect(await team.read("root", "staged.txt")).toBe("staged\n");
    await expect(readFile(join((await team.record("root")).path, "ignored.log"))).rejects.toThrow("ENOENT");
    expect(await repository.fingerprint()).toBe(before);
  });

  test("merges back only what came after them", async () => {
    const { repository, team } = await carrying();
    await team.write("root", "a.txt", "two\n");
    expect(expectOk(await team.worktrees.reviews.get("root")).files.map(({ path }) => path)).toEqual([]);
    await team.worktrees.commitWork("root", "Work");
    expect(expectOk(await team.worktrees.reviews.get("root")).files.map(({ path }) => path)).toEqual(["a.txt"]);
    const report = expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge root"));
    expect(report.files).toEqual(["a.txt"]);
    expect(await repository.git("status", "--porcelain")).toBe("M b.txt\nA  staged.txt\n?? untracked.txt");
    expect(await repository.git("log", "--format=%s", "main")).toBe("Merge root\nFirst");
  });

  test("keeps them to itself over conflicts that are resolved", async () => {
    const { repository, team } = await carrying();
    await team.write("root", "a.txt", "two\n");
    await team.worktrees.commitWork("root", "Work");
    await repository.git("stash", "--quiet", "--include-untracked");
    await repository.commit("The user's", { "a.txt": "the user's\n" });
    await repository.git("stash", "pop", "--quiet");
    expect(expectRefused(await team.worktrees.mergeIntoCheckout("root", "Merge root")).code).toBe("conflict");
    expectOk(await team.worktrees.beginResolution("root"));
    await team.write("root", "a.txt", "both\n");
    expectOk(await team.worktrees.finishResolution("root"));
    expect(await team.read("root", "b.txt")).toBe("uncommitted\n");
    const report = expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge root"));
    expect(report.files).toEqual(["a.txt"]);
    expect(await repository.git("show", "main:b.txt")).toBe("b");
    expect(await repository.git("log", "--format=%s", "main")).toBe("Merge root\nThe user's\nFirst");
  });

  test("is refused with another base, or in the middle of a merge", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const team = await createTeam(repository);
    expect(expectRefused(await team.worktrees.startOf({ withChanges: true, base: "main" })).code).toBe("bad_input");
    await repository.git("checkout", "--quiet", "-b", "other");
    await repository.commit("Other", { "a.txt": "other\n" });
    await repository.git("checkout", "--quiet", "main");
    await repository.commit("Main", { "a.txt": "main\n" });
    await repository.git("merge", "other").catch(() => "");
    expect(expectRefused(await team.worktrees.startOf({ withChanges: true })).code).toBe("busy_checkout");
  });

  test("is an ordinary one where nothing is uncommitted", async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    expect(expectOk(await team.worktrees.startOf({ withChanges: true })).carriedCommit).toBeNull();
  });
});

describe("where a team starts, and where its work goes", () => {
  test("can be chosen, from a detached HEAD too", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    await repository.git("branch", "release");
    await repository.git("tag", "v1");
    await repository.commit("Two", { "a.txt": "two\n" });
    await repository.git("checkout", "--quiet", "--detach");
    const team = await createTeam(repository);
    const start = expectOk(await team.worktrees.startOf({ base: "v1", target: "release", withChanges: false }));
    expect(start).toEqual({
      commit: await repository.git("rev-parse", "v1"),
      targetBranch: "release",
      carriedCommit: null,
    });
    const refused = async (wish: { base?: string; target?: string }) =>
      expectRefused(await team.worktrees.startOf({ withChanges: false, ...wish })).code;
    expect(await refused({ base: "nowhere", target: "main" })).toBe("not_found");
    expect(await refused({ base: "v1", target: "nowhere" })).toBe("not_found");
    expect(await refused({ base: "v1", target: "banyan/x-1" })).toBe("bad_input");
    expect(await refused({})).toBe("detached_head");
    expect(await team.worktrees.branches()).toEqual(["main", "release"]);
  });
});
