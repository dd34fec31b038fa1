import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { until } from "../../support/processes.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

const FILES = { "a.txt": "one\n", "deep/b.txt": "b\n", "gone.txt": "soon gone\n" };

const folderOf = (repository: TestRepository) => join(repository.root, ".banyan", "worktrees");

/** Paths of prepared worktrees, whole or not. */
async function preparedIn(repository: TestRepository): Promise<readonly string[]> {
  const names = await readdir(folderOf(repository)).catch(() => []);
  return names.filter((name) => name.startsWith(".ready-")).map((name) => join(folderOf(repository), name));
}

const adminOf = async (worktree: string): Promise<string> =>
  (await readFile(join(worktree, ".git"), "utf8")).replace("gitdir: ", "").trim();

async function isWhole(worktree: string): Promise<boolean> {
  const admin = await adminOf(worktree).catch(() => "/nowhere");
  return readFile(join(admin, "banyan-ready"), "utf8").then(
    () => true,
    () => false,
  );
}

async function wholeIn(repository: TestRepository): Promise<readonly string[]> {
  const paths = await preparedIn(repository);
  const whole = await Promise.all(paths.map(isWhole));
  return paths.filter((_, index) => whole[index]);
}

const filled = (repository: TestRepository, size: number) =>
  until(`${size} are prepared`, async () => (await wholeIn(repository)).length === size);

/** A team whose first agent has its worktree, with prepared ones for the next. */
async function teamWithPool(size = 1, files: Readonly<Record<string, string>> = FILES) {
  const repository = await createRepository({ files });
  const team = await createTeam(repository, systemClock, undefined, { poolSize: size });
  await team.start("first");
  await filled(repository, size);
  const [ready = ""] = await wholeIn(repository);
  return { repository, team, ready };
}

/** What is in a worktree, as git and as the disk tell. */
async function contents(repository: TestRepository, worktree: string) {
  const names = await readdir(worktree, { recursive: true });
  return {
    names: names.filter((name) => name !== ".git").sort(),
    status: await repository.gitIn(worktree, "status", "--porcelain", "--ignored"),
    head: await repository.gitIn(worktree, "rev-parse", "HEAD"),
    index: await repository.gitIn(worktree, "ls-files", "--stage"),
  };
}

/** As git itself would make one. */
async function plain(repository: TestRepository, commit: string) {
  const path = join(repository.root, "..", `plain-${commit.slice(0, 8)}`);
  await repository.git("worktree", "add", "--quiet", "--detach", path, commit);
  return contents(repository, path);
}

async function identityOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path);
  return `${dev}:${ino}`;
}

describe("a worktree out of the pool", () => {
  test("is the one that was prepared, on its agent's branch, and as git would have made it", async () => {
    const { repository, team, ready } = await teamWithPool();
    const identity = await identityOf(ready);
    const record = await team.start("ada");
    expect(await identityOf(record.path)).toBe(identity);
    expect(await repository.gitIn(record.path, "symbolic-ref", "HEAD")).toBe(`refs/heads/${record.branch}`);
    expect(await contents(repository, record.path)).toEqual(await plain(repository, record.baseCommit));
    expect(await repository.git("worktree", "list")).toContain(record.path);
    expect(team.logged).toEqual([]);
    await team.write("ada", "a.txt", "two\n");
    await team.worktrees.commitWork("ada", "Work");
    expect(await repository.git("show", `${record.branch}:a.txt`)).toBe("two");
    await team.worktrees.dispose();
  });

  test("is brought to another commit", async () => {
    const { repository, team, ready } = await teamWithPool();
    const identity = await identityOf(ready);
    await rm(join(repository.root, "gone.txt"));
    await repository.commit("Second", { "a.txt": "two\n", "new/c.txt": "c\n" });
    const record = await team.start("ada");
    expect(await identityOf(record.path)).toBe(identity);
    expect(await contents(repository, record.path)).toEqual(await plain(repository, record.baseCommit));
    await team.worktrees.dispose();
  });

  test("follows the pool's last commits", async () => {
    const { repository, team } = await teamWithPool();
    const commit = await repository.commit("Second", { "a.txt": "two\n" });
    await team.start("ada");
    await filled(repository, 1);
    const [ready = ""] = await wholeIn(repository);
    expect(await repository.gitIn(ready, "rev-parse", "HEAD")).toBe(commit);
    await team.worktrees.dispose();
  });

  test("is for one agent: none gets what another one worked in", async () => {
    const { repository, team } = await teamWithPool(2);
    for (const id of ["ada", "bob", "cleo"]) {
      const record = await team.start(id);
      expect((await contents(repository, record.path)).status).toBe("");
      await team.write(id, `${id}.txt`, id);
    }
    expect(new Set((await team.worktrees.list()).map(({ path }) => path)).size).toBe(4);
    await team.worktrees.dispose();
  });

  test.each([
    ["line ends", (repository: TestRepository) => repository.git("config", "core.autocrlf", "true"), "one\r\n"],
    [
      "attributes",
      (repository: TestRepository) => writeFile(join(repository.root, ".git/info/attributes"), "*.txt eol=crlf\n"),
      "one\r\n",
    ],
  ])("is not one that was prepared with other %s", async (_, change, expected) => {
    const { repository, team, ready } = await teamWithPool();
    await mkdir(join(repository.root, ".git/info"), { recursive: true });
    await change(repository);
    await team.start("ada");
    expect(await team.read("ada", "a.txt")).toBe(expected);
    await until("the old one is gone", async () => !(await preparedIn(repository)).includes(ready));
    await team.worktrees.dispose();
  });

  test("is as sparse as the user's checkout", async () => {
    const repository = await createRepository({ files: FILES });
    await repository.git("sparse-checkout", "set", "deep");
    const team = await createTeam(repository, systemClock, undefined, { poolSize: 1 });
    await team.start("first");
    await filled(repository, 1);
    const record = await team.start("ada");
    expect((await contents(repository, record.path)).names).toEqual((await plain(repository, "HEAD")).names);
    expect(await repository.has(".banyan/worktrees/ada-name-ada/deep/b.txt")).toBe(true);
    await team.worktrees.dispose();
  });

  test("has empty folders for submodules", async () => {
    const other = await createRepository();
    const repository = await createRepository({ files: FILES });
    await repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root, "sub");
    await repository.commit("With a submodule");
    const team = await createTeam(repository, systemClock, undefined, { poolSize: 1 });
    await team.start("first");
    await filled(repository, 1);
    const record = await team.start("ada");
    expect(await contents(repository, record.path)).toEqual(await plain(repository, record.baseCommit));
    await team.worktrees.dispose();
  });

  test("is not needed: one that somebody removed is not missed", async () => {
    const { repository, team } = await teamWithPool(2);
    await repository.git("clean", "-ffdxq");
    const record = await team.start("ada");
    expect((await contents(repository, record.path)).status).toBe("");
    await team.worktrees.dispose();
    expect(await repository.git("worktree", "list", "--porcelain")).not.toMatch(/\.ready-.*\n(?:.*\n)*prunable/);
  });

  test("is not one with a file of somebody's in the way, which stays", async () => {
    const { repository, team, ready } = await teamWithPool();
    await writeFile(join(ready, "new.txt"), "somebody's\n");
    await repository.commit("Second", { "new.txt": "committed\n" });
    await team.start("ada");
    expect(await team.read("ada", "new.txt")).toBe("committed\n");
    await team.worktrees.dispose();
    expect(await readFile(join(ready, "new.txt"), "utf8")).toBe("somebody's\n");
  });
});

describe("the pool", () => {
  test("is empty until an agent has a worktree, and of the size that is set", async () => {
    const repository = await createRepository({ files: FILES });
    const team = await createTeam(repository, systemClock, undefined, { poolSize: 3 });
    await team.worktrees.recover();
    expect(await preparedIn(repository)).toEqual([]);
    await team.start("ada");
    await filled(repository, 3);
    await team.worktrees.dispose();
    expect(await preparedIn(repository)).toHaveLength(3);
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("of size 0 is none, and takes what is left of another size away", async () => {
    const { repository, team } = await teamWithPool(2);
    await team.worktrees.dispose();
    const none = await createTeam(repository, systemClock, undefined, { poolSize: 0 });
    await none.worktrees.recover();
    await until("none is left", async () => (await preparedIn(repository)).length === 0);
    await none.start("ada");
    await none.worktrees.dispose();
    expect(await preparedIn(repository)).toEqual([]);
    expect(await repository.git("worktree", "list")).not.toContain(".ready-");
  });

  test("takes up what an earlier process prepared", async () => {
    const { repository, team, ready } = await teamWithPool();
    await team.worktrees.dispose();
    const identity = await identityOf(ready);
    const next = await team.restart();
    await next.recover();
    let path = "";
    for (let number = 0; path === "" || (await identityOf(path)) !== identity; number++) {
      // Those that come before it has been looked at get another one.
      await team.hire(`ada${number}`);
      ({ path } = expectOk(await next.ensure(`ada${number}`)));
      expect(number).toBeLessThan(50);
    }
    expect(await contents(repository, path)).toEqual(await plain(repository, "HEAD"));
    await next.dispose();
  });

  test("serves 32 agents that come at once", async () => {
    const { team } = await teamWithPool(2);
    const ids = Array.from({ length: 32 }, (_, index) => `a${index}`);
    for (const id of ids) await team.hire(id);
    const made = await Promise.all(ids.map((id) => team.worktrees.ensure(id)));
    expect(made.map((result) => result.ok)).toEqual(ids.map(() => true));
    await team.worktrees.dispose();
  });

  test("leaves nothing half made when it is disposed", async () => {
    const files = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`f/${index}.txt`, `${index}\n`]));
    const repository = await createRepository({ files });
    const team = await createTeam(repository, systemClock, undefined, { poolSize: 1 });
    await team.start("first");
    await until("one is begun", async () => (await preparedIn(repository)).length === 1);
    await team.worktrees.dispose();
    expect(await wholeIn(repository)).toEqual(await preparedIn(repository));
    expect((await readdir(folderOf(repository))).filter((name) => name.startsWith(".removed-"))).toEqual([]);
  });
});

/** What a process leaves that is killed while an agent's worktree is made out of a prepared one: a step each. */
describe("a process that was killed over a prepared worktree", () => {
  interface Scene {
    readonly repository: TestRepository;
    readonly team: TestTeam;
    readonly ready: string;
    readonly admin: string;
    /** Where the agent starts: a commit after that of the prepared one. */
    readonly commit: string;
    readonly branch: string;
    readonly path: string;
  }

  async function createScene(): Promise<Scene> {
    const { repository, team, ready } = await teamWithPool();
    await team.worktrees.dispose();
    await rm(join(repository.root, "gone.txt"));
    const commit = await repository.commit("Second", { "a.txt": "two\n", "new/c.txt": "c\n" });
    const { branch, path } = await team.hire("ada");
    return { repository, team, ready, admin: await adminOf(ready), commit, branch, path };
  }

  const steps: readonly (readonly [name: string, step: (scene: Scene) => Promise<unknown>])[] = [
    ["before it began", async () => {}],
    [
      "as it was to be brought to another commit",
      ({ admin, commit }) => writeFile(join(admin, "banyan-switching"), commit),
    ],
    [
      "as its files were there",
      ({ repository, ready, commit }) => repository.gitIn(ready, "read-tree", "-m", "-u", "HEAD", commit),
    ],
    [
      "as the branch was made",
      ({ repository, branch, commit }) => repository.git("update-ref", `refs/heads/${branch}`, commit),
    ],
    [
      "as it was on the branch",
      ({ repository, ready, branch }) => repository.gitIn(ready, "symbolic-ref", "HEAD", `refs/heads/${branch}`),
    ],
    ["as it was moved to its place", ({ ready, path }) => rename(ready, path)],
    ["as its place was told", ({ admin, path }) => writeFile(join(admin, "gitdir"), `${join(path, ".git")}\n`)],
  ];

  const halfSwitched: (typeof steps)[number] = [
    "as its files were changed",
    async ({ ready, admin }) => {
      await writeFile(join(admin, "index.lock"), "half");
      await writeFile(join(ready, "a.txt"), "tw");
      await mkdir(join(ready, "new"));
      await writeFile(join(ready, "new", "c.txt"), "");
      await rm(join(ready, "gone.txt"));
    },
  ];

  const lockedHead: (typeof steps)[number] = [
    "as it was to be on the branch",
    ({ admin, branch }) => writeFile(join(admin, "HEAD.lock"), `ref: refs/heads/${branch}\n`),
  ];

  const states = [
    ...steps.map(([name], index) => [name, steps.slice(0, index + 1)] as const),
    [halfSwitched[0], [...steps.slice(0, 2), halfSwitched]] as const,
    [lockedHead[0], [...steps.slice(0, 4), lockedHead]] as const,
  ];

  test.each(states)("%s leaves nothing in the way", async (_, taken) => {
    const scene = await createScene();
    const { repository, team, path, branch, commit } = scene;
    for (const [, step] of taken) await step(scene);
    const next = await team.restart();
    await next.recover();
    const record = expectOk(await next.ensure("ada"));
    expect(record).toMatchObject({ status: "isolated", path, branch, headCommit: commit });
    expect(await repository.gitIn(path, "symbolic-ref", "HEAD")).toBe(`refs/heads/${branch}`);
    expect(await contents(repository, path)).toEqual(await plain(repository, commit));
    await next.dispose();
    const later = await team.restart({ poolSize: 0 });
    await later.recover();
    await until("nothing is prepared", async () => (await preparedIn(repository)).length === 0);
    await later.dispose();
    const names = await readdir(folderOf(repository));
    expect(names.filter((name) => /^\.(?:ready|removed|aside)-/.test(name))).toEqual([]);
    const listed = await repository.git("worktree", "list", "--porcelain");
    expect(listed).not.toMatch(/prunable|\.ready-/);
    expect(team.logged.filter(({ message }) => message.includes("left alone"))).toEqual([]);
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  const halfMade: readonly (readonly [
    name: string,
    make: (repository: TestRepository, ready: string) => Promise<unknown>,
  ])[] = [
    ["its folder", (_, ready) => mkdir(ready)],
    [
      "git's record of it",
      (repository, ready) => repository.git("worktree", "add", "--detach", "--no-checkout", "-q", ready),
    ],
    [
      "some of its files",
      async (repository, ready) => {
        await repository.git("worktree", "add", "--detach", "--no-checkout", "-q", ready);
        await writeFile(join(await adminOf(ready), "index.lock"), "half");
        await writeFile(join(ready, "a.txt"), "on");
      },
    ],
    [
      "a record without its folder",
      async (repository, ready) => {
        await repository.git("worktree", "add", "--detach", "-q", ready);
        await rm(ready, { recursive: true });
      },
    ],
  ];

  test.each(halfMade)("with %s made leaves nothing of it", async (_, make) => {
    const repository = await createRepository({ files: FILES });
    const team = await createTeam(repository);
    await team.start("first");
    const ready = join(folderOf(repository), ".ready-half");
    await make(repository, ready);
    const next = await team.restart();
    await next.recover();
    await next.dispose();
    const later = await team.restart();
    await later.recover();
    await until("it is gone", async () => (await preparedIn(repository)).length === 0);
    await later.dispose();
    expect(await repository.git("worktree", "list")).not.toContain(".ready-");
  });

  const foreign: readonly (readonly [
    name: string,
    change: (repository: TestRepository, ready: string) => Promise<unknown>,
  ])[] = [
    ["a new file in it", (_, ready) => writeFile(join(ready, "mine.txt"), "mine\n")],
    ["a changed file in it", (_, ready) => writeFile(join(ready, "a.txt"), "mine\n")],
    [
      "a commit in it",
      async (repository, ready) => {
        await writeFile(join(ready, "a.txt"), "mine\n");
        await repository.gitIn(ready, "commit", "-qam", "Mine");
      },
    ],
    ["a branch in it", (repository, ready) => repository.gitIn(ready, "switch", "-qc", "mine")],
  ];

  test.each(foreign)("somebody has %s: it is left alone, and no agent gets it", async (_, change) => {
    const { repository, team, ready } = await teamWithPool();
    await team.worktrees.dispose();
    await change(repository, ready);
    const before = await contents(repository, ready);
    const next = await team.restart();
    await next.recover();
    await until("it is said", () => team.logged.some(({ message }) => message.includes("left alone")));
    await team.hire("ada");
    const { path } = expectOk(await next.ensure("ada"));
    await next.dispose();
    expect(path).not.toBe(ready);
    expect(await contents(repository, ready)).toEqual(before);
    expect((await contents(repository, path)).status).toBe("");
  });
});
