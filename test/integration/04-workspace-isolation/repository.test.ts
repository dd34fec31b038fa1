import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused, temporaryFolder } from "../../support/store.ts";
import { createTeam } from "./team.ts";

const openIn = async (folder: string, environment: Record<string, string>) => openRepository(folder, environment);

describe("opening a repository", () => {
  test("finds it from a folder inside it", async () => {
    const { root, environment, write } = await createRepository();
    await write("deep/er/x.txt", "x\n");
    const repository = expectOk(await openIn(join(root, "deep", "er"), environment));
    expect(repository).toMatchObject({ root, gitDir: join(root, ".git"), commonDir: join(root, ".git") });
  });

  test("takes a linked worktree of the user's as the checkout, and shares the common directory", async () => {
    const { root, environment, git } = await createRepository();
    const linked = join(root, "..", "linked");
    await git("worktree", "add", "--quiet", linked, "-b", "side");
    const repository = expectOk(await openIn(linked, environment));
    expect(repository.commonDir).toBe(join(root, ".git"));
    expect(repository.root).toBe(linked);
    const team = await createTeam({ ...(await createRepository()), root: linked, environment });
    const record = await team.start("ada");
    expect(record).toMatchObject({ targetBranch: "side", path: join(linked, ".banyan", "worktrees", "ada-name-ada") });
    await team.write("ada", "x.txt", "x\n");
    expectOk(await team.worktrees.mergeIntoCheckout("ada", "Merge"));
    expect(await git("-C", linked, "status", "--porcelain")).toBe("");
    expect(await git("show", "side:x.txt")).toBe("x");
    expect(await git("status", "--porcelain")).toBe("");
  });

  test("refuses a folder that isn't there, and one that is in no repository", async () => {
    const folder = await temporaryFolder();
    const { environment } = await createRepository();
    expect(expectRefused(await openIn(join(folder, "nowhere"), environment)).code).toBe("not_a_repository");
    const refusal = expectRefused(await openIn(folder, environment));
    expect(refusal.code).toBe("not_a_repository");
    expect(refusal.message).toContain("git init");
    expect(refusal.message).not.toContain("\n");
  });

  test("refuses a bare repository and a git folder", async () => {
    const { root, environment, git } = await createRepository();
    await git("clone", "--quiet", "--bare", root, "../bare.git");
    expect(expectRefused(await openIn(join(root, "..", "bare.git"), environment)).message).toContain("bare");
    expect(expectRefused(await openIn(join(root, ".git"), environment)).code).toBe("not_a_repository");
  });

  test("refuses a repository without a commit, with the way to the first", async () => {
    const { root, environment } = await createRepository({ files: null });
    const refusal = expectRefused(await openIn(root, environment));
    expect(refusal.code).toBe("no_commit");
    expect(refusal.message).toContain("git commit --allow-empty");
  });

  test("refuses an agent's worktree", async () => {
    const repository = await createRepository();
    const team = await createTeam(repository);
    const { path } = await team.start("ada");
    expect(expectRefused(await openIn(path, repository.environment)).message).toContain("agent's worktree");
  });

  test("refuses where there is no git", async () => {
    const { root, environment } = await createRepository();
    const empty = join(root, "..", "empty");
    await mkdir(empty);
    expect(expectRefused(await openIn(root, { ...environment, PATH: empty })).message).toContain("git was not found");
  });
});

describe("what is checked out", () => {
  test("is a branch and its commit", async () => {
    const repository = await createRepository();
    await repository.git("switch", "--quiet", "-c", "feature/x");
    const { worktrees } = await createTeam(repository);
    const commit = await repository.git("rev-parse", "HEAD");
    expect(expectOk(await worktrees.checkedOut())).toEqual({ branch: "feature/x", commit });
  });

  test("a detached HEAD is refused with the way out", async () => {
    const repository = await createRepository();
    await repository.git("switch", "--quiet", "--detach");
    const { worktrees } = await createTeam(repository);
    const refusal = expectRefused(await worktrees.checkedOut());
    expect(refusal.code).toBe("detached_head");
    expect(refusal.message).toContain("git switch main");
  });

  test("a branch without a commit is refused", async () => {
    const repository = await createRepository();
    const { worktrees } = await createTeam(repository);
    await repository.git("switch", "--quiet", "--orphan", "fresh");
    expect(expectRefused(await worktrees.checkedOut()).code).toBe("no_commit");
  });
});
