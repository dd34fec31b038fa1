import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

async function twoChildren(files: Readonly<Record<string, string>>) {
  const repository = await createRepository({ files });
  const team = await createTeam(repository);
  await team.start("root");
  await team.start("ada", "root");
  await team.start("bob", "root");
  return { repository, team };
}

const tipOf = async (team: TestTeam, id: string) => team.worktrees.commitWork(id, "Work");

describe("merging a child into its parent", () => {
  test("independent work of two children is merged one after the other", async () => {
    const { repository, team } = await twoChildren({ "a.txt": "a\n", "b.txt": "b\n" });
    await team.write("ada", "a.txt", "a by ada\n");
    await team.write("bob", "b.txt", "b by bob\n");
    await team.write("bob", "new/deep.txt", "new\n");
    const first = expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    const second = expectOk(await team.worktrees.mergeIntoParent("bob", "root", "Merge bob"));
    expect(first.files).toEqual(["a.txt"]);
    expect(second.files).toEqual(["b.txt", "new/deep.txt"]);
    expect(await team.read("root", "a.txt")).toBe("a by ada\n");
    expect(await team.read("root", "new/deep.txt")).toBe("new\n");
    const { path, branch, headCommit } = await team.record("root");
    expect(headCommit).toBe(second.mergeCommit);
    expect(await repository.git("rev-parse", branch)).toBe(second.mergeCommit);
    expect(await repository.gitIn(path, "status", "--porcelain")).toBe("");
    expect(await team.record("ada")).toMatchObject({ status: "merged", mergeCommit: first.mergeCommit });
  });

  test("a merge commit has both tips as parents and is by the parent", async () => {
    const { repository, team } = await twoChildren({ "a.txt": "a\n" });
    await team.write("ada", "a.txt", "a by ada\n");
    const ada = await tipOf(team, "ada");
    const root = await tipOf(team, "root");
    const { mergeCommit } = expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada\n\nAll of it."));
    const shown = await repository.git("show", "--no-patch", "--format=%P|%an|%ae|%cn|%s", mergeCommit);
    expect(shown).toBe(`${root} ${ada}|root-name (Banyan)|banyan@localhost|root-name (Banyan)|Merge ada`);
  });

  test("uncommitted work of both sides is committed first", async () => {
    const { team } = await twoChildren({ "a.txt": "a\n" });
    await team.write("root", "own.txt", "the parent's own\n");
    await team.write("ada", "a.txt", "a by ada\n");
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(await team.read("root", "own.txt")).toBe("the parent's own\n");
    expect(await team.read("root", "a.txt")).toBe("a by ada\n");
  });

  test("a conflict is found before anything is touched, and names the files", async () => {
    const names = ["1", "2", "3", "4", "5", "6", "7"].map((digit) => `f${digit}.txt`);
    const { repository, team } = await twoChildren(Object.fromEntries(names.map((name) => [name, "same\n"])));
    for (const name of names) await team.write("ada", name, "ada\n");
    for (const name of names) await team.write("bob", name, "bob\n");
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    await tipOf(team, "bob");
    const { path } = await team.record("root");
    const before = [await repository.git("for-each-ref"), await repository.gitIn(path, "status", "--porcelain")];
    const refusal = expectRefused(await team.worktrees.mergeIntoParent("bob", "root", "Merge bob"));
    expect(refusal.code).toBe("conflict");
    expect(refusal.message).toContain("f1.txt, f2.txt, f3.txt, f4.txt, f5.txt and 2 more");
    expect([await repository.git("for-each-ref"), await repository.gitIn(path, "status", "--porcelain")]).toEqual(
      before,
    );
    expect((await team.record("bob")).status).toBe("isolated");
    expect(await team.read("root", "f1.txt")).toBe("ada\n");
  });

  test("a grandchild's work climbs two levels and into the user's checkout", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const team = await createTeam(repository);
    await team.start("root");
    await team.start("ada", "root");
    await team.start("eve", "ada");
    await team.write("eve", "eve.txt", "by eve\n");
    expectOk(await team.worktrees.mergeIntoParent("eve", "ada", "Merge eve"));
    expect(await team.read("ada", "eve.txt")).toBe("by eve\n");
    await expect(team.read("root", "eve.txt")).rejects.toThrow();
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(await team.read("root", "eve.txt")).toBe("by eve\n");
    expect(await repository.has("eve.txt")).toBe(false);
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge root"));
    expect(await repository.read("eve.txt")).toBe("by eve\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("a merge that was made is answered again, not made again", async () => {
    const { team } = await twoChildren({ "a.txt": "a\n" });
    await team.write("ada", "a.txt", "a by ada\n");
    const first = expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    await team.write("root", "later.txt", "later\n");
    expect(expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"))).toEqual(first);
  });

  test("a child that changed nothing is merged without a commit", async () => {
    const { team } = await twoChildren({ "a.txt": "a\n" });
    const tip = await tipOf(team, "root");
    const report = expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(report).toEqual({ mergeCommit: tip, files: [] });
    expect(await team.record("ada")).toMatchObject({ status: "merged", mergeCommit: tip });
  });

  test("a child that never had a worktree has nothing to merge, and its parent gets none for it", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const team = await createTeam(repository);
    await team.hire("root");
    await team.hire("eve", "root");
    const refusal = expectRefused(await team.worktrees.mergeIntoParent("eve", "root", "Merge eve"));
    expect(refusal).toMatchObject({ code: "nothing_to_merge", message: expect.stringContaining("eve-name") });
    expect((await team.record("root")).status).toBe("creating");
    const own = expectRefused(await team.worktrees.mergeIntoCheckout("root", "Merge root"));
    expect(own.code).toBe("nothing_to_merge");
  });

  test("a child of a parent without a worktree starts from its base, whatever git was killed over", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const team = await createTeam(repository);
    const { baseCommit, branch, path } = await team.hire("root");
    expect((await team.hire("ada", "root")).baseCommit).toBe(baseCommit);
    await repository.git("worktree", "add", "--quiet", "--no-checkout", "-b", branch, path, baseCommit);
    expect((await team.hire("ben", "root")).baseCommit).toBe(baseCommit);
    await (await team.restart()).recover();
    expect((await team.hire("eve", "root")).baseCommit).toBe(baseCommit);
  });

  test("work that the store has forgotten the worktree of is merged", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const team = await createTeam(repository);
    const { baseCommit, branch, path } = await team.hire("root");
    await repository.git("worktree", "add", "--quiet", "-b", branch, path, baseCommit);
    await repository.gitIn(path, "commit", "--quiet", "--allow-empty", "-m", "Known to git alone");
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge root"));
    expect(await repository.git("log", "--format=%s")).toContain("Known to git alone");
  });

  test("a parent that never ran gets its worktree when a child is merged into it", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const team = await createTeam(repository);
    await team.hire("run");
    await team.start("node", "run");
    await team.write("node", "node.txt", "node\n");
    expectOk(await team.worktrees.mergeIntoParent("node", "run", "Merge node"));
    expect(await team.read("run", "node.txt")).toBe("node\n");
  });

  test("an ignored file in the way of a merge is never overwritten", async () => {
    const { team } = await twoChildren({ ".gitignore": "secret.env\n" });
    await team.write("root", "secret.env", "only here\n");
    await team.write("ada", ".gitignore", "\n");
    await team.write("ada", "secret.env", "the child's\n");
    const refusal = expectRefused(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(refusal).toMatchObject({ code: "dirty_checkout" });
    expect(refusal.message).toContain("secret.env");
    expect(await team.read("root", "secret.env")).toBe("only here\n");
    expect((await team.record("ada")).status).toBe("isolated");
  });

  test("a reopened child is merged again, with what came after", async () => {
    const { team } = await twoChildren({ "a.txt": "a\n" });
    await team.write("ada", "one.txt", "1\n");
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(expectOk(await team.worktrees.ensure("ada")).status).toBe("isolated");
    await team.write("ada", "two.txt", "2\n");
    expect(expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada")).files).toEqual(["two.txt"]);
  });

  test("a file becomes a folder, and a folder a file", async () => {
    const { repository, team } = await twoChildren({ thing: "file\n", "dir/a.txt": "a\n", "dir/b.txt": "b\n" });
    await team.remove("ada", "thing");
    await team.write("ada", "thing/inside.txt", "inside\n");
    await team.remove("ada", "dir");
    await team.write("ada", "dir", "now a file\n");
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge ada"));
    expect(await team.read("root", "thing/inside.txt")).toBe("inside\n");
    expect(await team.read("root", "dir")).toBe("now a file\n");
    expect(await repository.gitIn((await team.record("root")).path, "status", "--porcelain")).toBe("");
  });

  test("work is merged into the parent that it came from, nobody else's", async () => {
    const { team } = await twoChildren({ "a.txt": "a\n" });
    expect(expectRefused(await team.worktrees.mergeIntoParent("ada", "bob", "Merge ada")).code).toBe("bad_input");
  });
});
