import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { type Plan, planMerge, recordIntent } from "../../../src/engine/worktrees/intent.ts";
import { mergeTrees } from "../../../src/engine/worktrees/objects.ts";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import { rowOf } from "../../../src/engine/worktrees/rows.ts";
import { createRoom } from "../../../src/engine/worktrees/worktrees.ts";
import { createCountingIds } from "../../support/ids.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

const BEFORE = { "changed.txt": "one\n", "deleted.txt": "deleted\n", "other.txt": "other\n" };

/** A child whose work changes, adds and deletes a file, ready to be merged into `target`. */
async function prepared(parent: boolean) {
  const repository = await createRepository({ files: BEFORE });
  const team = await createTeam(repository);
  await team.start("root");
  if (parent) await team.start("ada", "root");
  const worker = parent ? "ada" : "root";
  await team.write(worker, "changed.txt", "two\n");
  await team.write(worker, "added.txt", "added\n");
  await team.remove(worker, "deleted.txt");
  const tip = await team.worktrees.commitWork(worker, "Work");
  if (parent) await team.worktrees.commitWork("root", "Work");
  return { repository, team, worker, tip };
}

/** What a process leaves that was killed right after it had recorded the intent of a merge. */
async function cutOff(repository: TestRepository, team: TestTeam, worker: string): Promise<Plan> {
  const opened = expectOk(await openRepository(repository.root, repository.environment));
  const ids = { ...createCountingIds(), unique: () => `cut-${worker}` };
  const parts = { store: team.store, clock: systemClock, ids, log: silentLogger };
  const room = createRoom({ ...parts, repository: opened });
  const row = await team.store.read((reader) => rowOf(reader, worker));
  if (row === undefined) throw new Error(`${worker} has no row`);
  const git = await opened.git.sealed({ gitDir: opened.commonDir });
  const target = { tip: await repository.git("rev-parse", row.targetBranch), name: row.targetBranch };
  const tip = await repository.git("rev-parse", row.branch);
  const mergeWith = (target: string) => mergeTrees(git, target, tip);
  const source = { tip, merged: tip, manner: "merge", base: null, mergeWith } as const;
  const signature = { name: "Una User", email: "una@example.org", at: systemClock.now() };
  const plan = expectOk(await planMerge(git, row.branch, target, source, "Merge", signature));
  if (plan === null) throw new Error("nothing to merge");
  await recordIntent(room, row, plan);
  return plan;
}

const gone = (path: string) => rm(path);

describe("a merge into a parent's worktree that a crash cut off", () => {
  const states: Record<string, (place: string, repository: TestRepository, plan: Plan) => Promise<unknown>> = {
    "before anything was touched": async () => {},
    "with a file taken away": (place) => gone(join(place, "changed.txt")),
    "with a file half written": (place) => writeFile(join(place, "changed.txt"), "tw"),
    "with some files written and the index locked": async (place, repository) => {
      await writeFile(join(place, "added.txt"), "added\n");
      await gone(join(place, "deleted.txt"));
      await writeFile(join(repository.root, ".git", "worktrees", "root-name-root", "index.lock"), "half");
    },
    "with all files and the index written, but not the branch": (place, repository, plan) =>
      repository.gitIn(place, "read-tree", "-m", "-u", plan.before, plan.commit),
    "with the branch moved too": async (place, repository, plan) => {
      await repository.gitIn(place, "read-tree", "-m", "-u", plan.before, plan.commit);
      await repository.git("update-ref", "refs/heads/banyan/root-name-root", plan.commit, plan.before);
    },
  };

  for (const [name, reach] of Object.entries(states)) {
    for (const way of ["the next start", "the next commit"] as const) {
      test(`${name} is finished by ${way}`, async () => {
        const { repository, team, tip } = await prepared(true);
        const plan = await cutOff(repository, team, "ada");
        const { path, branch } = await team.record("root");
        await reach(path, repository, plan);
        const worktrees = await team.restart();
        if (way === "the next start") await worktrees.recover();
        expect(await worktrees.commitWork("root", "Next")).toBe(plan.commit);
        expect(await team.record("ada")).toMatchObject({ status: "merged", mergeCommit: plan.commit });
        expect((await team.record("root")).headCommit).toBe(plan.commit);
        expect(await team.read("root", "changed.txt")).toBe("two\n");
        expect(await team.read("root", "added.txt")).toBe("added\n");
        await expect(team.read("root", "deleted.txt")).rejects.toThrow();
        expect(await repository.gitIn(path, "status", "--porcelain")).toBe("");
        expect(await repository.git("merge-base", "--is-ancestor", tip, branch)).toBe("");
        expect(expectOk(await worktrees.mergeIntoParent("ada", "root", "Again")).mergeCommit).toBe(plan.commit);
      });
    }
  }

  test("keeps in a snapshot what was written in between, and other changes in place", async () => {
    const { repository, team } = await prepared(true);
    await cutOff(repository, team, "ada");
    await team.write("root", "changed.txt", "written in between\n");
    await team.write("root", "other.txt", "also in between\n");
    await team.worktrees.recover();
    const { snapshotCommit } = await team.record("root");
    expect(await repository.git("show", `${snapshotCommit}:changed.txt`)).toBe("written in between");
    expect(await team.read("root", "changed.txt")).toBe("two\n");
    expect(await team.read("root", "other.txt")).toBe("also in between\n");
  });

  test("is taken back when the parent's branch went on without it", async () => {
    const { repository, team } = await prepared(true);
    await cutOff(repository, team, "ada");
    const { path } = await team.record("root");
    await repository.gitIn(path, "commit", "--quiet", "--allow-empty", "-m", "By hand");
    await team.worktrees.recover();
    expect(await team.record("ada")).toMatchObject({ status: "isolated", mergeCommit: null });
    expectOk(await team.worktrees.mergeIntoParent("ada", "root", "Merge"));
  });
});

describe("a merge into the user's checkout that a crash cut off", () => {
  test("before anything was touched is taken back", async () => {
    const { repository, team, worker } = await prepared(false);
    const before = await repository.fingerprint();
    await cutOff(repository, team, worker);
    await (await team.restart()).recover();
    expect(await repository.fingerprint()).toBe(before);
    expect(await team.record("root")).toMatchObject({ status: "isolated", mergeCommit: null });
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
  });

  const half: Record<string, (repository: TestRepository, plan: Plan) => Promise<unknown>> = {
    "with some files written": async (repository) => {
      await repository.write("added.txt", "added\n");
      await gone(join(repository.root, "deleted.txt"));
    },
    "with a file taken away": (repository) => gone(join(repository.root, "changed.txt")),
    "with a file half written": (repository) => repository.write("changed.txt", "tw"),
    "with all files and the index written, but not the branch": (repository, plan) =>
      repository.git("read-tree", "-m", "-u", plan.before, plan.commit),
    "with the branch moved too": (repository, plan) => repository.git("merge", "--ff-only", plan.commit),
  };
  for (const [name, reach] of Object.entries(half)) {
    test(`${name} is finished, and the user's other changes stay`, async () => {
      const { repository, team, worker } = await prepared(false);
      await repository.write("other.txt", "edited by the user\n");
      const plan = await cutOff(repository, team, worker);
      await reach(repository, plan);
      await (await team.restart()).recover();
      expect(await repository.git("rev-parse", "main")).toBe(plan.commit);
      expect(await repository.git("status", "--porcelain")).toBe("M other.txt");
      expect(await repository.read("other.txt")).toBe("edited by the user\n");
      expect(await team.record("root")).toMatchObject({ status: "merged", mergeCommit: plan.commit });
    });
  }

  test("is left alone when the user wrote into a touched file since, and settled when that is put back", async () => {
    const { repository, team, worker } = await prepared(false);
    await cutOff(repository, team, worker);
    await repository.write("added.txt", "added\n");
    await repository.write("changed.txt", "the user's since\n");
    const before = await repository.fingerprint();
    await team.worktrees.recover();
    expect(await repository.fingerprint()).toBe(before);
    expect((await team.record("root")).status).toBe("merging");
    expect(team.logged.map((line) => line.message).join()).toContain("changed.txt");
    const refusal = expectRefused(await team.worktrees.mergeIntoCheckout("root", "Merge"));
    expect(refusal.message).toContain("changed.txt");
    await repository.git("checkout", "--", "changed.txt");
    expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge"));
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("waits for a git that is still at work", async () => {
    const { repository, team, worker } = await prepared(false);
    await cutOff(repository, team, worker);
    const lock = join(repository.root, ".git", "index.lock");
    await writeFile(lock, "");
    await team.worktrees.recover();
    expect((await team.record("root")).status).toBe("merging");
    expect(await repository.has(".git/index.lock")).toBe(true);
    await rm(lock);
    await team.worktrees.recover();
    expect((await team.record("root")).status).toBe("isolated");
  });

  test("into a branch that is checked out nowhere is taken back", async () => {
    const { repository, team, worker } = await prepared(false);
    await repository.git("switch", "--quiet", "-c", "elsewhere");
    await cutOff(repository, team, worker);
    await team.worktrees.recover();
    expect((await team.record("root")).status).toBe("isolated");
  });
});

describe("the making of a worktree that a crash cut off", () => {
  const reserved = async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const team = await createTeam(repository);
    const record = await team.hire("ada");
    return { repository, team, record };
  };
  const expectMade = async (repository: TestRepository, team: TestTeam) => {
    const record = expectOk(await (await team.restart()).ensure("ada"));
    expect(record.status).toBe("isolated");
    expect(await team.read("ada", "a.txt")).toBe("a\n");
    expect(await repository.gitIn(record.path, "status", "--porcelain")).toBe("");
    await team.write("ada", "b.txt", "b\n");
    await team.worktrees.commitWork("ada", "Work");
    expect(await repository.git("status", "--porcelain")).toBe("");
  };

  test("with the branch there is made", async () => {
    const { repository, team, record } = await reserved();
    await repository.git("branch", record.branch, record.baseCommit);
    await expectMade(repository, team);
  });

  test("with a folder of unknown content is made, and the folder is moved aside whole", async () => {
    const { repository, team, record } = await reserved();
    await mkdir(record.path, { recursive: true });
    await writeFile(join(record.path, "unknown.txt"), "unknown\n");
    await expectMade(repository, team);
    const [aside] = team.logged.map((line) => /"to":"([^"]+)"/.exec(line.fields)?.[1]);
    expect(aside).toContain(".aside-ada-name-ada");
    const { readFile } = await import("node:fs/promises");
    expect(await readFile(join(aside ?? "", "unknown.txt"), "utf8")).toBe("unknown\n");
  });

  test("with everything there but the row is taken as it is", async () => {
    const { repository, team, record } = await reserved();
    await repository.git("worktree", "add", "--quiet", "-b", record.branch, record.path, record.baseCommit);
    await writeFile(join(record.path, ".git", "..", "early.txt"), "early\n");
    const made = expectOk(await team.worktrees.ensure("ada"));
    expect(made.status).toBe("isolated");
    expect(await team.read("ada", "early.txt")).toBe("early\n");
  });

  test("in the middle of the checkout is made", async () => {
    const { repository, team, record } = await reserved();
    await repository.git("worktree", "add", "--quiet", "-b", record.branch, record.path, record.baseCommit);
    const admin = join(repository.root, ".git", "worktrees", "ada-name-ada");
    await rm(join(admin, "index"));
    await writeFile(join(admin, "index.lock"), "half");
    await writeFile(join(admin, "locked"), "initializing");
    await rm(join(record.path, "a.txt"));
    await expectMade(repository, team);
  });

  test("before its HEAD was written is made, and until then git works for the user again", async () => {
    const { repository, team, record } = await reserved();
    await repository.git("worktree", "add", "--quiet", "-b", record.branch, record.path, record.baseCommit);
    const admin = join(repository.root, ".git", "worktrees", "ada-name-ada");
    await rm(join(admin, "index"));
    await writeFile(join(admin, "HEAD"), `${"0".repeat(40)}\n`);
    await writeFile(join(admin, "locked"), "initializing");
    await expect(repository.git("rev-list", "--all")).rejects.toThrow("bad object");
    await (await team.restart()).recover();
    await repository.git("rev-list", "--all");
    await expectMade(repository, team);
  });

  test("with git's record but no folder is made", async () => {
    const { repository, team, record } = await reserved();
    await repository.git("worktree", "add", "--quiet", "-b", record.branch, record.path, record.baseCommit);
    await writeFile(join(repository.root, ".git", "worktrees", "ada-name-ada", "locked"), "initializing");
    await rm(record.path, { recursive: true });
    await expectMade(repository, team);
  });

  test("whose branch is checked out elsewhere is refused, and nothing is stolen", async () => {
    const { repository, team, record } = await reserved();
    await repository.git("worktree", "add", "--quiet", "-b", record.branch, "../taken", record.baseCommit);
    expect(expectRefused(await team.worktrees.ensure("ada")).message).toContain("taken");
    expect(await repository.gitIn(join(repository.root, "..", "taken"), "symbolic-ref", "--short", "HEAD")).toBe(
      record.branch,
    );
  });
});
