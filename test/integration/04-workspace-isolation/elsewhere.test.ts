import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { bytesOf, live } from "./life.ts";
import { createTeam } from "./team.ts";

const beside = (repository: TestRepository, name: string) => join(dirname(repository.root), name);

describe("large files that a filter keeps elsewhere", () => {
  /** Puts content beside the repository, by its hash, and a pointer in its place; a pointer passes as it is. */
  async function withLargeFiles() {
    const repository = await createRepository({ files: null });
    const store = beside(repository, "large");
    const clean = await repository.script(
      [
        "f=$(mktemp); cat > $f",
        "if head -c 8 $f | grep -q '^pointer '; then cat $f; rm $f; exit; fi",
        `id=$(git hash-object --stdin < $f); mkdir -p '${store}'; mv $f '${store}'/$id; echo "pointer $id"`,
      ].join("\n"),
    );
    const smudge = await repository.script(
      `f=$(mktemp); cat > $f; id=$(sed -n 's/^pointer //p' $f)\nif [ -n "$id" ]; then cat '${store}'/$id; else cat $f; fi; rm $f`,
    );
    for (const [key, value] of [
      ["filter.lfs.clean", clean],
      ["filter.lfs.smudge", smudge],
      ["filter.lfs.required", "true"],
    ] as const) {
      await repository.git("config", "--global", key, value);
    }
    await repository.commit("First", { ".gitattributes": "*.bin filter=lfs\n", "a.bin": "one\n", "a.txt": "one\n" });
    return repository;
  }

  test("are pointers in agents' worktrees, and stay what they are in the user's", async () => {
    const repository = await withLargeFiles();
    const team = await live(repository);
    expect(await team.read("root", "a.bin")).toMatch(/^pointer /);
    expect(await repository.read("a.bin")).toBe("one\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("that an agent wrote are kept elsewhere once they are the user's, however often they are merged", async () => {
    const repository = await withLargeFiles();
    const team = await createTeam(repository);
    await team.start("root");
    for (const content of ["two\n", "three\n"]) {
      await team.write("root", "a.bin", content);
      await team.write("root", "new.bin", `new ${content}`);
      await team.write("root", "a.txt", content);
      await team.worktrees.commitWork("root", "Work");
      const before = await bytesOf(repository);
      expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
      expectOk(await team.worktrees.undoMerge("root"));
      expect(await bytesOf(repository)).toEqual(before);
      expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
      expect(await repository.read("a.bin")).toBe(content);
      expect(await repository.read("new.bin")).toBe(`new ${content}`);
      expect(await repository.git("show", "HEAD:a.bin")).toMatch(/^pointer /);
      expect(await repository.git("show", "HEAD:new.bin")).toMatch(/^pointer /);
      expect(await repository.git("status", "--porcelain")).toBe("");
    }
  });
});

describe("submodules", () => {
  test("stay as the user has them, changed or not, through an agent's whole life", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const library = repository.at(beside(repository, "library"));
    await repository.git("init", "--quiet", "-b", "main", library.root);
    await library.commit("Library", { "lib.txt": "lib\n" });
    const local = ["-c", "protocol.file.allow=always"];
    await repository.git(...local, "submodule", "--quiet", "add", library.root, "lib");
    await repository.git(...local, "submodule", "--quiet", "add", library.root, "other");
    await repository.git("commit", "--quiet", "-m", "Submodules");
    await repository.git("config", "submodule.recurse", "true");
    await repository.write("lib/lib.txt", "changed\n");
    await repository.write("other/untracked.txt", "untracked\n");
    const team = await live(repository);
    expect(await repository.git("status", "--porcelain")).toBe("M lib\n M other");
    expectOk(await team.worktrees.remove("root"));
    await team.worktrees.dispose();
  });

  test("that an agent moved are shown, though they say that they are to be ignored", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n", ".gitmodules": "" } });
    const commit = await repository.git("rev-parse", "HEAD");
    await repository.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
    await repository.git("config", "--file", ".gitmodules", "submodule.sub.path", "sub");
    await repository.git("config", "--file", ".gitmodules", "submodule.sub.url", "./x");
    await repository.git("config", "--file", ".gitmodules", "submodule.sub.ignore", "all");
    await repository.git("add", ".gitmodules");
    await repository.git("commit", "--quiet", "-m", "Submodule");
    await mkdir(join(repository.root, "sub"));
    const team = await createTeam(repository);
    const { path } = await team.start("root");
    const moved = await repository.git("rev-parse", "HEAD");
    await repository.gitIn(path, "update-index", "--cacheinfo", `160000,${moved},sub`);
    await team.worktrees.commitWork("root", "Work");
    expect(expectOk(await team.worktrees.reviews.get("root")).files.map((file) => file.path)).toEqual(["sub"]);
    expect(expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge")).files).toEqual(["sub"]);
  });
});

describe("a partial clone", () => {
  async function partial() {
    const origin = await createRepository({ files: { "a.txt": "one\n", "b.txt": "b\n" } });
    await origin.commit("Second", { "a.txt": "two\n" });
    await origin.git("config", "uploadpack.allowFilter", "true");
    await origin.git("config", "uploadpack.allowAnySHA1InWant", "true");
    const clone = origin.at(beside(origin, "partial"));
    await origin.git("clone", "--quiet", "--filter=blob:none", `file://${origin.root}`, clone.root);
    return { clone };
  }

  test("is worked in as any other", async () => {
    const { clone } = await partial();
    await live(clone);
  });

  test("says what isn't there where git may not fetch it, and how to get it", async () => {
    const { clone } = await partial();
    const old = await clone.git("rev-parse", "HEAD~1");
    const team = await createTeam(clone);
    const start = expectOk(await team.worktrees.startOf({ base: old, target: "main", withChanges: false }));
    await team.hireFrom("root", start);
    const before = await bytesOf(clone);
    const refusal = expectRefused(await team.worktrees.ensure("root"));
    expect(refusal.message).toContain("git fetch");
    expect(refusal.message).not.toContain("\n");
    expect(await bytesOf(clone)).toEqual(before);
    await clone.git("fetch", "--quiet", "--refetch", "--no-filter");
    expectOk(await team.worktrees.ensure("root"));
    expect(await team.read("root", "a.txt")).toBe("one\n");
  });
});

test("the main checkout is found, or the merge refused, from a linked worktree whose repository stands elsewhere", async () => {
  const repository = await createRepository({ files: { "a.txt": "one\n" } });
  await repository.git("init", "--quiet", "--separate-git-dir", beside(repository, "elsewhere.git"));
  await repository.git("worktree", "add", "--quiet", "-b", "side", beside(repository, "linked"));
  const linked = repository.at(beside(repository, "linked"));
  const team = await createTeam(linked);
  const start = expectOk(await team.worktrees.startOf({ base: "main", target: "main", withChanges: false }));
  await team.hireFrom("root", start);
  expectOk(await team.worktrees.ensure("root"));
  await team.write("root", "new.txt", "new\n");
  await team.worktrees.commitWork("root", "Work");
  const before = await bytesOf(repository);
  const refusal = expectRefused(await team.worktrees.mergeIntoCheckout("root", "Merge"));
  expect(refusal).toMatchObject({ code: "other_checkout" });
  expect(await bytesOf(repository)).toEqual(before);
});
