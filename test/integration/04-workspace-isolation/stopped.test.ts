import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRepository, type RepositoryOptions, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { bytesOf } from "./life.ts";
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

const merge = (team: TestTeam, how = {}) => team.worktrees.mergeIntoCheckout("root", "Merge root", how);

/** A program in a folder of hooks. */
async function hook(folder: string, name: string, body: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, name), 0o755);
}

const hooksOf = (repository: TestRepository) => join(repository.root, ".git", "hooks");

/** Refused whole, also by the next start; and what was wrong is said in the first line. */
async function expectStopped(repository: TestRepository, team: TestTeam, code: string, named: string, how = {}) {
  const before = await bytesOf(repository);
  const refusal = expectRefused(await merge(team, how));
  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(named);
  expect(await bytesOf(repository)).toEqual(before);
  expect((await team.record("root")).status).toBe("isolated");
  await (await team.restart()).recover();
  expect(await bytesOf(repository)).toEqual(before);
}

describe("a merge into the user's checkout is refused whole", () => {
  const busy: readonly (readonly [what: string, prepare: (repository: TestRepository) => Promise<unknown>])[] = [
    ["a cherry-pick", (repository) => repository.git("cherry-pick", "side").catch(() => "")],
    ["a revert", (repository) => repository.git("revert", "--no-edit", "HEAD~1").catch(() => "")],
    ["a bisect", (repository) => repository.git("bisect", "start")],
    [
      "a rebase",
      async (repository) => {
        await writeFile(
          join(dirname(repository.root), "mail"),
          await repository.git("format-patch", "--stdout", "-1", "side"),
        );
        await repository.git("am", join(dirname(repository.root), "mail")).catch(() => "");
      },
    ],
  ];
  for (const [what, prepare] of busy) {
    test(`in the middle of ${what}`, async () => {
      const { repository, team } = await readyToMerge();
      await repository.git("switch", "--quiet", "-c", "side");
      await repository.commit("Side", { "b.txt": "side\n" });
      await repository.git("switch", "--quiet", "main");
      await repository.commit("Main", { "b.txt": "main\n" });
      await repository.commit("Again", { "b.txt": "again\n" });
      await prepare(repository);
      await expectStopped(repository, team, "busy_checkout", what);
    });
  }

  for (const name of ["commit-msg", "prepare-commit-msg"]) {
    test(`where the ${name} hook says no`, async () => {
      const { repository, team } = await readyToMerge();
      await hook(hooksOf(repository), name, 'echo "not so" >&2; exit 1');
      await expectStopped(repository, team, "hook_failed", name);
    });
  }

  for (const [when, others] of [
    ["alone", []],
    ["after others agreed", ["commit-msg"]],
  ] as const) {
    test(`where the hook for changes of refs says no, ${when}: by then the files have changed`, async () => {
      const { repository, team } = await readyToMerge();
      for (const name of others) await hook(hooksOf(repository), name, "exit 0");
      await hook(hooksOf(repository), "reference-transaction", "! grep -q refs/heads/main");
      await expectStopped(repository, team, "hook_failed", "reference-transaction");
    });
  }

  test("and a sparse checkout stays sparse, when a hook says no", async () => {
    const { repository, team } = await readyToMerge({
      files: { "a.txt": "one\n", "b.txt": "b\n", "deep/c.txt": "c\n" },
    });
    await team.write("root", "deep/c.txt", "changed\n");
    await team.write("root", "deep/new.txt", "new\n");
    await repository.git("sparse-checkout", "set", "--no-cone", "/a.txt");
    await hook(hooksOf(repository), "pre-merge-commit", "exit 1");
    await expectStopped(repository, team, "hook_failed", "pre-merge-commit");
  });

  test("where a hook of core.hooksPath says no, and where the hooks come from the checkout itself", async () => {
    const { repository, team } = await readyToMerge();
    await hook(
      join(repository.root, ".husky", "_"),
      "pre-merge-commit",
      'test ! -e new.txt || { echo "no new files"; exit 1; }',
    );
    await repository.git("config", "core.hooksPath", ".husky/_");
    await expectStopped(repository, team, "hook_failed", "pre-merge-commit");
  });

  test("in part, or by hooks, where a name is no UTF-8, which only git itself can merge", async () => {
    const { repository, team } = await readyToMerge();
    const { path } = await team.record("root");
    await writeFile(Buffer.concat([Buffer.from(`${path}/name-`), Buffer.from([0xff])]), "bytes\n");
    await team.worktrees.commitWork("root", "Work");
    expectOk(await team.worktrees.reviews.mark("root", { agent: "root", decision: "accepted" }));
    await expectStopped(repository, team, "bad_input", "no UTF-8", { acceptedOnly: true });
    await hook(hooksOf(repository), "pre-merge-commit", "exit 0");
    await expectStopped(repository, team, "bad_input", "no UTF-8");
    await rm(hooksOf(repository), { recursive: true });
    const before = await bytesOf(repository);
    expectOk(await merge(team));
    expect(await repository.git("status", "--porcelain")).toBe("");
    expectOk(await team.worktrees.undoMerge("root"));
    expect(await bytesOf(repository)).toEqual(before);
  });

  for (const flag of ["--assume-unchanged", "--skip-worktree"]) {
    test(`where a file that git was told to overlook (${flag}) would be changed`, async () => {
      const { repository, team } = await readyToMerge();
      await repository.git("update-index", flag, "a.txt");
      await repository.write("a.txt", "the user's own settings\n");
      await expectStopped(repository, team, "dirty_checkout", "a.txt");
    });
  }
});

test("what can't be read is said, not left out in silence, when a team starts from the user's changes", async () => {
  const { repository, team } = await readyToMerge();
  await repository.write("secret.txt", "secret\n");
  await chmod(join(repository.root, "secret.txt"), 0o000);
  const start = await team.worktrees.startOf({ withChanges: true });
  // Nothing is unreadable for the administrator.
  if (process.getuid?.() === 0) expect(expectOk(start).carriedCommit).not.toBeNull();
  else expect(expectRefused(start)).toMatchObject({ code: "not_writable" });
});

test("a team that would start in the middle of a rebase is told so", async () => {
  const { repository, team } = await readyToMerge();
  await repository.commit("Second", { "b.txt": "two\n" });
  const edit = await repository.script('sed s/pick/edit/ "$1" > "$1.new"; mv "$1.new" "$1"');
  await repository.git("-c", `sequence.editor=${edit}`, "rebase", "--interactive", "HEAD~1");
  const refusal = expectRefused(await team.worktrees.startOf({ withChanges: false }));
  expect(refusal).toMatchObject({ code: "busy_checkout" });
  expect(refusal.message).toContain("a rebase");
});

test("hooks that are only told don't stop a merge that was made", async () => {
  const { repository, team } = await readyToMerge();
  for (const name of ["post-merge", "post-checkout", "post-index-change", "post-commit"]) {
    await hook(hooksOf(repository), name, "exit 1");
  }
  expectOk(await merge(team));
  expectOk(await team.worktrees.undoMerge("root"));
  expectOk(await merge(team, { manner: "squash" }));
  expect(await repository.git("status", "--porcelain")).toBe("");
});
