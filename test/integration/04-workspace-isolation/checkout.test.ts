import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository, type RepositoryOptions, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

/** A root whose work (a.txt changed, new.txt added) is ready to be merged. */
async function readyToMerge(options: RepositoryOptions = {}) {
  const repository = await createRepository({ files: { "a.txt": "one\n", "b.txt": "b\n" }, ...options });
  const team = await createTeam(repository);
  await team.start("root");
  await team.write("root", "a.txt", "two\n");
  await team.write("root", "new.txt", "new\n");
  await team.worktrees.commitWork("root", "Work");
  return { repository, team };
}

/** What git takes for a signing program. */
const SIGNS =
  'cat >/dev/null; echo "[GNUPG:] SIG_CREATED " >&2; echo "-----BEGIN PGP SIGNATURE-----"; echo "-----END PGP SIGNATURE-----"';

const merge = (team: TestTeam) => team.worktrees.mergeIntoCheckout("root", "Merge root");

async function expectUntouched(repository: TestRepository, team: TestTeam, code: string, named: string) {
  const before = await repository.fingerprint();
  const refusal = expectRefused(await merge(team));
  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(named);
  expect(await repository.fingerprint()).toBe(before);
  expect((await team.record("root")).status).toBe("isolated");
}

describe("merging a root into the user's checkout", () => {
  test("the work arrives in branch, index and files, by the user", async () => {
    const { repository, team } = await readyToMerge();
    const report = expectOk(await merge(team));
    expect(report.files).toEqual(["a.txt", "new.txt"]);
    expect(await repository.git("rev-parse", "main")).toBe(report.mergeCommit);
    expect(await repository.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(await repository.git("status", "--porcelain")).toBe("");
    expect(await repository.read("a.txt")).toBe("two\n");
    expect(await repository.git("log", "-1", "--format=%an <%ae>|%cn|%s")).toBe(
      "Una User <una@example.org>|Una User|Merge root",
    );
    expect(await team.record("root")).toMatchObject({ status: "merged", mergeCommit: report.mergeCommit });
  });

  test("changes of the user's that the merge doesn't touch stay", async () => {
    const { repository, team } = await readyToMerge();
    await repository.write("b.txt", "edited\n");
    await repository.write("own.txt", "untracked\n");
    await repository.write("staged.txt", "staged\n");
    await repository.git("add", "staged.txt");
    expectOk(await merge(team));
    expect(await repository.read("b.txt")).toBe("edited\n");
    expect(await repository.git("status", "--porcelain")).toBe("M b.txt\nA  staged.txt\n?? own.txt");
  });

  test("a change of the user's that the merge touches refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.write("a.txt", "the user's\n");
    await expectUntouched(repository, team, "dirty_checkout", "a.txt");
  });

  test("a staged change that the merge touches refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.write("a.txt", "the user's\n");
    await repository.git("add", "a.txt");
    await repository.write("a.txt", "one\n");
    await expectUntouched(repository, team, "dirty_checkout", "a.txt");
  });

  test("an untracked file in the way refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.write("new.txt", "the user's\n");
    await expectUntouched(repository, team, "dirty_checkout", "new.txt");
    expect(await repository.read("new.txt")).toBe("the user's\n");
  });

  test("an untracked folder in the way refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.write("new.txt/inside.txt", "the user's\n");
    await expectUntouched(repository, team, "dirty_checkout", "new.txt");
  });

  test("an ignored file in the way refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await writeFile(join(repository.root, ".git", "info", "exclude"), "new.txt\n");
    await repository.write("new.txt", "ignored\n");
    await expectUntouched(repository, team, "dirty_checkout", "new.txt");
    expect(await repository.read("new.txt")).toBe("ignored\n");
  });

  test("a conflict with what the user committed since refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.commit("The user's", { "a.txt": "the user's\n" });
    await expectUntouched(repository, team, "conflict", "a.txt");
  });

  test("what the user committed since is kept beside it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.commit("The user's", { "b.txt": "the user's\n" });
    expectOk(await merge(team));
    expect(await repository.read("b.txt")).toBe("the user's\n");
    expect(await repository.read("a.txt")).toBe("two\n");
  });

  test("a checkout in the middle of a merge refuses it", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("switch", "--quiet", "-c", "side");
    await repository.commit("Side", { "b.txt": "side\n" });
    await repository.git("switch", "--quiet", "main");
    await repository.commit("Main", { "b.txt": "main\n" });
    await expect(repository.git("merge", "side")).rejects.toThrow();
    await expectUntouched(repository, team, "busy_checkout", "a merge");
  });

  test("a rebase of the target refuses it, although HEAD is detached", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("switch", "--quiet", "-c", "side");
    await repository.commit("Side", { "b.txt": "side\n" });
    await repository.git("switch", "--quiet", "main");
    await repository.commit("Main", { "b.txt": "main\n" });
    await expect(repository.git("rebase", "side")).rejects.toThrow();
    await expectUntouched(repository, team, "busy_checkout", "a rebase");
  });

  test("a lock on the user's index refuses it, and is left", async () => {
    const { repository, team } = await readyToMerge();
    await writeFile(join(repository.root, ".git", "index.lock"), "");
    expect(expectRefused(await merge(team))).toMatchObject({ code: "busy_checkout" });
    expect(await repository.has(".git/index.lock")).toBe(true);
    await rm(join(repository.root, ".git", "index.lock"));
    expectOk(await merge(team));
  });

  test("a target that is checked out nowhere moves without touching files", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("switch", "--quiet", "-c", "elsewhere");
    const report = expectOk(await merge(team));
    expect(await repository.git("rev-parse", "main")).toBe(report.mergeCommit);
    expect(await repository.git("symbolic-ref", "--short", "HEAD")).toBe("elsewhere");
    expect(await repository.read("a.txt")).toBe("one\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("a detached HEAD leaves the checkout alone, and the branch moves", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("switch", "--quiet", "--detach");
    const report = expectOk(await merge(team));
    expect(await repository.git("rev-parse", "main")).toBe(report.mergeCommit);
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("a target checked out in another worktree is merged there", async () => {
    const { repository, team } = await readyToMerge();
    const linked = join(repository.root, "..", "linked");
    await repository.git("switch", "--quiet", "-c", "elsewhere");
    await repository.git("worktree", "add", "--quiet", linked, "main");
    await writeFile(join(linked, "a.txt"), "edited there\n");
    expect(expectRefused(await merge(team)).message).toContain("a.txt");
    await repository.gitIn(linked, "checkout", "--", "a.txt");
    expectOk(await merge(team));
    expect(await repository.gitIn(linked, "status", "--porcelain")).toBe("");
    expect(await repository.gitIn(linked, "show", "HEAD:a.txt")).toBe("two");
    expect(await repository.read("a.txt")).toBe("one\n");
  });

  test("a target branch that is gone is named", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("switch", "--quiet", "-c", "elsewhere");
    await repository.git("branch", "-D", "main");
    expect(expectRefused(await merge(team))).toMatchObject({ code: "not_found" });
  });

  test("without a git identity the merge is Banyan's", async () => {
    const { repository, team } = await readyToMerge({ identity: false });
    expectOk(await merge(team));
    expect(await repository.git("log", "-1", "--format=%an <%ae>")).toBe("root-name (Banyan) <banyan@localhost>");
    expect(await repository.git("log", "-1", "--format=%cn", "banyan/root-name-root")).toBe("root-name (Banyan)");
  });

  test("a commit that the user has signed is signed on the user's branch, and on no agent's", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("config", "gpg.program", await repository.script(SIGNS));
    await repository.git("config", "commit.gpgsign", "true");
    expectOk(await merge(team));
    expect(await repository.git("cat-file", "commit", "HEAD")).toContain("gpgsig -----BEGIN PGP SIGNATURE-----");
    expect(await repository.git("cat-file", "commit", "banyan/root-name-root")).not.toContain("gpgsig");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("a signature that can't be made stops the merge before anything is changed", async () => {
    const { repository, team } = await readyToMerge();
    await repository.git("config", "gpg.program", await repository.script("echo no secret key >&2; exit 2"));
    await repository.git("config", "commit.gpgsign", "true");
    await expectUntouched(repository, team, "hook_failed", "gpg failed to sign the data");
  });

  test("the user's own hook runs after the merge, and only then", async () => {
    const { repository, team } = await readyToMerge();
    const hook = join(repository.root, ".git", "hooks", "post-merge");
    await mkdir(join(repository.root, ".git", "hooks"), { recursive: true });
    await writeFile(hook, "#!/bin/sh\ntouch hook-ran\n");
    await chmod(hook, 0o755);
    expectOk(await merge(team));
    expect(await repository.has("hook-ran")).toBe(true);
  });

  test("a daemon that the user's hook starts is not waited for", { timeout: 15_000 }, async () => {
    const { repository, team } = await readyToMerge();
    const hook = join(repository.root, ".git", "hooks", "post-merge");
    await mkdir(join(repository.root, ".git", "hooks"), { recursive: true });
    await writeFile(hook, "#!/bin/sh\nsleep 20 &\n");
    await chmod(hook, 0o755);
    expectOk(await merge(team));
  });

  test("lines that both sides add are both kept where the repository's attributes say so", async () => {
    const files = { "a.txt": "one\n", "CHANGES.md": "# Changes\n", ".gitattributes": "CHANGES.md merge=union\n" };
    const { repository, team } = await readyToMerge({ files });
    await team.write("root", "CHANGES.md", "# Changes\n- by the agent\n");
    await repository.commit("The user's", { "CHANGES.md": "# Changes\n- by the user\n" });
    expectOk(await merge(team));
    expect(await repository.read("CHANGES.md")).toBe("# Changes\n- by the user\n- by the agent\n");
  });

  test("settings of the user's that would change a merge don't", async () => {
    const { repository, team } = await readyToMerge();
    for (const [key, value] of [
      ["merge.ff", "false"],
      ["merge.autoStash", "true"],
      ["merge.verifySignatures", "true"],
      ["pull.rebase", "true"],
    ] as const) {
      await repository.git("config", key, value);
    }
    await repository.write("b.txt", "edited\n");
    expectOk(await merge(team));
    expect(await repository.git("stash", "list")).toBe("");
    expect(await repository.read("b.txt")).toBe("edited\n");
  });
});
