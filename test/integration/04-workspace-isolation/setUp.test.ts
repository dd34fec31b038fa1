import { existsSync } from "node:fs";
import { lstat, mkdir, readFile, readlink, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { toDisposable } from "../../../src/base/disposable.ts";
import { silentLogger } from "../../../src/base/log.ts";
import type { ProcessRecorder } from "../../../src/base/processes.ts";
import { resolvePath } from "../../../src/engine/tools/paths.ts";
import { openRepository, recordedBy } from "../../../src/engine/worktrees/repository.ts";
import type { WorktreesSettings } from "../../../src/engine/worktrees/room.ts";
import { unchangedSinceSetUp } from "../../../src/engine/worktrees/setUpRecord.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import { createFakeClock } from "../../support/clock.ts";
import { createCountingIds } from "../../support/ids.ts";
import { isRunning, until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { insertAgent } from "../../support/seed.ts";
import { expectOk, expectRefused, openTestStore } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

const tracked = { "a.txt": "a\n", ".gitignore": "node_modules/\n.env*\n*.log\nout/\n!.env.example\n" };

async function withSettings(given: Partial<WorktreesSettings>, files: Readonly<Record<string, string>> = tracked) {
  const repository = await createRepository({ files });
  const team = await createTeam(repository, systemClock, undefined, given);
  return { repository, team };
}

const adminDir = (root: string, id = "ada") => join(root, ".git", "worktrees", `${id}-name-${id}`);

/** What set-up brought into an agent's worktree and nobody changed. */
async function unchanged(team: TestTeam, root: string, id = "ada"): Promise<string[]> {
  const { path: folder } = await team.record(id);
  return [...(await unchangedSinceSetUp({ adminDir: adminDir(root, id), folder }))].sort();
}

describe("what git ignores and a pattern names", () => {
  test("is in a new worktree, and nothing else is", async () => {
    const { repository, team } = await withSettings({ include: [".env"] });
    await repository.write(
      ".worktreeinclude",
      "# what agents need\nnode_modules/\n*.log\n!private.log\na.txt\nfree/\n",
    );
    await repository.write(".env", "KEY=1\n");
    await repository.write("deep/.env", "KEY=2\n");
    await repository.write(".env.local", "KEY=3\n");
    await repository.write("deep/x.log", "x\n");
    await repository.write("private.log", "x\n");
    await repository.write("node_modules/b/index.js", "b\n");
    await repository.write("free/not-ignored.txt", "x\n");
    await repository.write("free/ignored.log", "x\n");
    await repository.write("out/built", "x\n");
    const before = await repository.fingerprint();
    const { path } = await team.start("ada");
    const has = (name: string) => existsSync(join(path, name));
    const brought = [".env", "deep/.env", "deep/x.log", "free/ignored.log", "node_modules/b/index.js"];
    expect(brought.filter((name) => !has(name))).toEqual([]);
    expect([".env.local", "private.log", "free/not-ignored.txt", "out", ".worktreeinclude"].filter(has)).toEqual([]);
    expect(await team.read("ada", "deep/.env")).toBe("KEY=2\n");
    expect(await unchanged(team, repository.root)).toEqual([...brought].sort());
    expect(await repository.fingerprint()).toBe(before);
    expect(await repository.gitIn(path, "status", "--porcelain")).toBe("");
  });

  test("goes without the repositories in it, and without other agents' worktrees", async () => {
    const { repository, team } = await withSettings({ include: ["*"] });
    await repository.write("out/x", "x\n");
    await repository.git("init", "--quiet", "out/inner");
    await repository.write("out/inner/y", "y\n");
    await team.start("ada");
    const { path } = await team.start("bob");
    expect(existsSync(join(path, "out/x"))).toBe(true);
    expect(existsSync(join(path, "out/inner"))).toBe(false);
    expect(existsSync(join(path, ".banyan"))).toBe(false);
  });

  test("keeps its modes and its links: those inside lead into the worktree, the others where they led", async () => {
    const { repository, team } = await withSettings({ include: ["node_modules/"] });
    await repository.write("node_modules/p/run.sh", "#!/bin/sh\n");
    await mkdir(join(repository.root, "node_modules/.bin"));
    await symlink("../p/run.sh", join(repository.root, "node_modules/.bin/run"));
    await symlink("../../elsewhere", join(repository.root, "node_modules/away"));
    const { path } = await team.start("ada");
    expect(await readlink(join(path, "node_modules/.bin/run"))).toBe("../p/run.sh");
    expect(await readlink(join(path, "node_modules/away"))).toBe(join(repository.root, "../elsewhere"));
  });

  test("does not take the place of what the branch tracks, and goes through no link of its", async () => {
    const { repository, team } = await withSettings({ include: [".env", "conf/", "out/"] }, { "a.txt": "a\n" });
    await writeFile(join(repository.root, ".git/info/exclude"), ".env\nconf/\nout/\n");
    const lead = await team.start("lead");
    const outside = join(repository.root, "..", "outside");
    await mkdir(outside);
    await symlink(outside, join(lead.path, "conf"));
    await team.write("lead", ".env", "the branch's\n");
    await repository.gitIn(lead.path, "add", "--force", ".env", "conf");
    await repository.write(".env", "the user's\n");
    await repository.write("conf/x", "x\n");
    await repository.write("out/y", "y\n");
    await team.start("child", "lead");
    expect(await team.read("child", ".env")).toBe("the branch's\n");
    expect(await team.read("child", "out/y")).toBe("y\n");
    expect(existsSync(join(outside, "x"))).toBe(false);
  });

  test("can be links to the user's own, which git goes on ignoring", async () => {
    const { repository, team } = await withSettings({ include: ["node_modules/", ".env"], copy: "link" });
    await repository.write("node_modules/b/index.js", "b\n");
    await repository.write(".env", "KEY=1\n");
    const { path } = await team.start("ada");
    expect(await team.read("ada", "node_modules/b/index.js")).toBe("b\n");
    expect((await lstat(join(path, "node_modules"))).isDirectory()).toBe(true);
    expect((await lstat(join(path, ".env"))).isFile()).toBe(true);
    expect(await team.worktrees.commitWork("ada", "Nothing")).toBe((await team.record("ada")).baseCommit);
    expect(expectRefused(await resolvePath(path, "node_modules/b/index.js", "write")).code).toBe("outside_worktree");
  });

  test("is not kept when a worktree goes, but for what changed", async () => {
    const { repository, team } = await withSettings({ include: [".env"] });
    await repository.write(".env", "KEY=1\n");
    for (const id of ["ada", "bob"]) {
      await team.start(id);
      await team.write(id, `${id}.txt`, "x\n");
    }
    await team.write("bob", ".env", "KEY=2\n");
    for (const id of ["ada", "bob"]) {
      expectOk(await team.worktrees.mergeIntoCheckout(id, `Merge ${id}`));
      expect(expectOk(await team.worktrees.remove(id)).status).toBe("removed");
    }
    await team.worktrees.dispose();
    expect((await team.record("ada")).ignoredCommit).toBeNull();
    const { ignoredCommit } = await team.record("bob");
    expect(await repository.git("show", `${ignoredCommit}:.env`)).toBe("KEY=2");
    expectOk(await team.worktrees.ensure("bob"));
    expect(await team.read("bob", ".env")).toBe("KEY=2\n");
  });
});

describe("the set-up command", () => {
  test("has ended before the worktree is ready, in it, with the user's variables but those that lead git", async () => {
    const command =
      'echo "$PWD|$HOME|$BANYAN_CHECKOUT|$GIT_DIR" > out.log; mkdir node_modules; echo b > node_modules/b';
    const { repository, team } = await withSettings({ setUpCommand: command });
    const { path, status } = await team.start("ada");
    expect(status).toBe("isolated");
    expect(await team.read("ada", "out.log")).toBe(`${path}|${repository.environment.HOME}|${repository.root}|\n`);
    expect(await unchanged(team, repository.root)).toEqual(["node_modules/b", "out.log"]);
    await team.write("ada", "out.log", "another\n");
    expect(await unchanged(team, repository.root)).toEqual(["node_modules/b"]);
    await utimes(join(path, "node_modules/b"), 0, 0);
    expect(await unchanged(team, repository.root)).toEqual([]);
  });

  test("that is shown while it runs", async () => {
    const { team } = await withSettings({ setUpCommand: "true" });
    const reasons: (string | null)[] = [];
    team.store.onEvent((event) => {
      if (event.type === "worktree.moved") reasons.push(event.reason);
    });
    await team.start("ada");
    expect(reasons).toEqual(["setting up its worktree", null]);
  });

  test("that fails is told in one line, its output is kept, and it runs again the next time", async () => {
    const command =
      "echo one; printf '\\033[31mno such package\\033[0m\\n' >&2; test -e \"$BANYAN_CHECKOUT/fixed\" || exit 3";
    const { repository, team } = await withSettings({ setUpCommand: command });
    await team.hire("ada");
    const refusal = expectRefused(await team.worktrees.ensure("ada"));
    expect(refusal.code).toBe("set_up_failed");
    expect(refusal.message).toMatch(/^the set-up command exited with 3: one \| no such package \(all .*$/);
    const log = join(adminDir(repository.root), "banyan-setup.log");
    expect(refusal.message).toContain(log);
    expect(await readFile(log, "utf8")).toContain("no such package");
    expect((await team.record("ada")).status).toBe("creating");
    await repository.write("fixed", "");
    expect(expectOk(await team.worktrees.ensure("ada")).status).toBe("isolated");
  });

  test("that takes too long is ended with all that it started", async () => {
    const repository = await createRepository();
    const clock = createFakeClock();
    const setUpCommand = 'cd "$BANYAN_CHECKOUT"; sleep 600 & echo $! > new; mv new pid; wait';
    const team = await createTeam(repository, clock, undefined, { setUpCommand });
    await team.hire("ada");
    const made = team.worktrees.ensure("ada");
    await until("the command runs", () => repository.has("pid"));
    clock.advance(600_000);
    expect(expectRefused(await made).message).toMatch(/^the set-up command took more than 10 min and was ended/);
    await gone(Number(await repository.read("pid")));
  });

  test("is ended when the agent is stopped, and runs again when it goes on", async () => {
    const { repository, team } = await withSettings({
      setUpCommand:
        'test -e "$BANYAN_CHECKOUT/pid" && exit 0; echo $$ > "$BANYAN_CHECKOUT/new"; mv "$BANYAN_CHECKOUT/new" "$BANYAN_CHECKOUT/pid"; sleep 600',
    });
    await team.hire("ada");
    const stop = new AbortController();
    const made = team.worktrees.ensure("ada", stop.signal);
    await until("the command runs", () => repository.has("pid"));
    stop.abort(new Error("stopped"));
    await expect(made).rejects.toThrow("stopped");
    await gone(Number(await repository.read("pid")));
    expect((await team.record("ada")).status).toBe("creating");
    expect(expectOk(await (await team.restart()).ensure("ada")).status).toBe("isolated");
  });

  test("is never the repository's", async () => {
    const { repository, team } = await withSettings({});
    await repository.write(".banyan/settings.json", '{ "banyan.worktrees.setUp": "touch ran" }');
    await repository.write(".vscode/settings.json", '{ "banyan.worktrees.setUp": "touch ran" }');
    await repository.write(".worktreeinclude", "$(touch ran)\n`touch ran`\n");
    const { path } = await team.start("ada");
    expect(existsSync(join(path, "ran"))).toBe(false);
  });

  test("is put off where a merge makes the worktree, until the agent works there", async () => {
    const { team } = await withSettings({ setUpCommand: "touch out.log" });
    await team.hire("lead");
    await team.start("child", "lead");
    await team.write("child", "b.txt", "b\n");
    await team.worktrees.commitWork("child", "Add b");
    expectOk(await team.worktrees.mergeIntoParent("child", "lead", "Merge"));
    const { path } = await team.record("lead");
    expect(existsSync(join(path, "out.log"))).toBe(false);
    expectOk(await team.worktrees.ensure("lead"));
    expect(existsSync(join(path, "out.log"))).toBe(true);
  });

  test("runs nothing that agents wrote: what it made for the agent above is copied", async () => {
    const setUpCommand =
      'echo x >> "$BANYAN_CHECKOUT/runs"; mkdir -p node_modules; sh ./install.sh > node_modules/made';
    const { repository, team } = await withSettings({ setUpCommand }, { ...tracked, "install.sh": "echo user\n" });
    await team.start("lead");
    await team.start("early", "lead");
    await team.write("lead", "install.sh", 'touch "$BANYAN_CHECKOUT/planted"\n');
    await team.write("lead", "node_modules/mine", "an agent's\n");
    const { path } = await team.start("late", "lead");
    expect(await repository.read("runs")).toBe("x\nx\n");
    expect(await repository.has("planted")).toBe(false);
    expect(await team.read("late", "node_modules/made")).toBe("user\n");
    expect(existsSync(join(path, "node_modules/mine"))).toBe(false);
    expect(await unchanged(team, repository.root, "late")).toEqual(["node_modules/made"]);
    await team.remove("lead", ".");
    expectOk(await team.worktrees.ensure("lead"));
    expect(await repository.has("planted")).toBe(false);
    expect(await team.read("lead", "node_modules/made")).toBe("user\n");
  });

  test("runs on what the user merged, carried along or has elsewhere, not on what an agent's branch alone has", async () => {
    const { repository, team } = await withSettings({ setUpCommand: 'echo x >> "$BANYAN_CHECKOUT/runs.log"' });
    const runs = async () => ((await repository.has("runs.log")) ? (await repository.read("runs.log")).length / 2 : 0);
    await team.start("ada");
    await team.write("ada", "b.txt", "b\n");
    const commit = await team.worktrees.commitWork("ada", "Add b");
    expect(await runs()).toBe(1);
    const from = async (id: string, baseCommit: string, carriedCommit: string | null = null) => {
      await team.store.transaction(async (tx) => {
        await insertAgent(tx, id, null);
        await team.worktrees.reserve(tx, { agentId: id, name: id, baseCommit, targetBranch: "main", carriedCommit });
      });
      expectOk(await team.worktrees.ensure(id));
      return runs();
    };
    // As a child that inherited the target of an agent that ended.
    expect(await from("heir", commit)).toBe(1);
    await repository.git("update-ref", "refs/remotes/origin/banyan/ada-name-ada", commit);
    expect(await from("pushed", commit)).toBe(1);
    await repository.write("c.txt", "c\n");
    const { carriedCommit, commit: carried } = expectOk(await team.worktrees.startOf({ withChanges: true }));
    expect(await from("carrying", carried, carriedCommit)).toBe(2);
    expectOk(await team.worktrees.mergeIntoCheckout("ada", "Merge ada"));
    expect(await from("merged", commit)).toBe(3);
    await repository.git("checkout", "--quiet", "--orphan", "empty");
    expect(await from("elsewhere", commit)).toBe(4);
  });

  test("that may not run and made nothing is told, and the agent works without it", async () => {
    const { repository, team } = await withSettings({ setUpCommand: 'touch "$BANYAN_CHECKOUT/ran"' });
    const { path } = await team.start("ada");
    await team.write("ada", "b.txt", "b\n");
    await team.worktrees.commitWork("ada", "Add b");
    await rm(join(repository.root, "ran"));
    await rm(path, { recursive: true });
    expect(expectOk(await team.worktrees.ensure("ada")).status).toBe("isolated");
    expect(await repository.has("ran")).toBe(false);
    expect(team.logged.map(({ message }) => message)).toContain("The set-up command did not run in a worktree");
  });

  test("is on record while it runs", async () => {
    const repository = await createRepository();
    const running: string[] = [];
    const seen: string[] = [];
    const recorder: ProcessRecorder = {
      environment: { BANYAN_LEADER: "me" },
      assertLeading() {},
      started({ what }) {
        running.push(what);
        return toDisposable(() => {
          seen.push(what);
          running.splice(running.indexOf(what), 1);
        });
      },
    };
    const { store } = await openTestStore();
    const opened = recordedBy({ recorder }, expectOk(await openRepository(repository.root, repository.environment)));
    const worktrees = createWorktrees({
      ...{ store, clock: systemClock, ids: createCountingIds(), log: silentLogger, repository: opened },
      settings: { setUpCommand: 'echo "$BANYAN_LEADER" > "$BANYAN_CHECKOUT/leader"', poolSize: 0 },
    });
    const { branch, commit } = expectOk(await worktrees.checkedOut());
    await store.transaction(async (tx) => {
      await insertAgent(tx, "ada", null);
      await worktrees.reserve(tx, { agentId: "ada", name: "ada", baseCommit: commit, targetBranch: branch });
    });
    expectOk(await worktrees.ensure("ada"));
    expect(seen).toContain("set-up command");
    expect(running).toEqual([]);
    expect(await repository.read("leader")).toBe("me\n");
  });

  test("that was put off does not touch what the agent did in the meantime", async () => {
    const setUpCommand = "mkdir -p node_modules; echo made > node_modules/made; sh ./install.sh";
    const { repository, team } = await withSettings(
      { setUpCommand, include: [".env"] },
      { ...tracked, "install.sh": "true\n" },
    );
    await repository.write(".env", "the user's\n");
    await team.hire("lead");
    await team.start("child", "lead");
    await team.write("child", "b.txt", "b\n");
    expectOk(await team.worktrees.mergeIntoParent("child", "lead", "Merge"));
    await team.write("lead", ".env", "the agent's\n");
    await team.write("lead", "install.sh", 'touch "$BANYAN_CHECKOUT/planted"\n');
    expectOk(await team.worktrees.ensure("lead"));
    expect(await repository.has("planted")).toBe(false);
    expect(await team.read("lead", ".env")).toBe("the agent's\n");
    expect(await team.read("lead", "node_modules/made")).toBe("made\n");
    expect(await unchanged(team, repository.root, "lead")).toEqual(["node_modules/made"]);
  });

  test("runs once for a worktree, and again where its folder was made again", async () => {
    const { repository, team } = await withSettings({ setUpCommand: 'echo x >> "$BANYAN_CHECKOUT/runs"' });
    await team.start("ada");
    expectOk(await team.worktrees.ensure("ada"));
    expectOk(await (await team.restart()).ensure("ada"));
    expect(await repository.read("runs")).toBe("x\n");
    await team.remove("ada", ".");
    expectOk(await team.worktrees.ensure("ada"));
    expect(await repository.read("runs")).toBe("x\nx\n");
  });
});

const gone = (pid: number): Promise<void> => until("the process has ended", async () => !(await isRunning(pid)));
