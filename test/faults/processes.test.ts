import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { systemIds } from "../../src/base/ids.ts";
import { silentLogger } from "../../src/base/log.ts";
import { createProcessGroups } from "../../src/engine/leader/processGroups.ts";
import { endGroup, isRunning, until } from "../support/processes.ts";
import { assets, temporaryFolder } from "../support/store.ts";

const worker = resolve("test/faults/git-worker.ts");

interface Orphans {
  readonly store: string;
  /** The first process of git's group. */
  readonly git: number;
  /** Processes that git started, and theirs. */
  readonly others: readonly number[];
}

/**
 * Kills a process that waits for a git. `script` is that git: it writes `git PID`, and the pids of the processes that it
 * starts, and then `ready`, to the file that is its `$pids`; the leader's records are below its `$store`. `helper`: the script of the process that starts git.
 */
async function killLeaderOver(script: string, helper: readonly string[] = []): Promise<Orphans> {
  const base = await temporaryFolder();
  const [store, root, programs] = [join(base, "store"), join(base, "project"), join(base, "programs")];
  for (const folder of [store, join(root, ".git"), programs]) await mkdir(folder, { recursive: true });
  const pids = join(base, "pids");
  await writeFile(
    join(programs, "git"),
    `#!/bin/sh\npids='${pids}'\nstore='${store}'\necho git $$ >> "$pids"\n${script}\n`,
  );
  await chmod(join(programs, "git"), 0o755);
  const leader = spawn(process.execPath, [worker, store, root, programs, ...helper], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await until("git runs", async () => (await textOf(pids)).includes("ready\n"));
  await until("git is recorded", async () => (await recordsIn(store)).length === 1);
  await kill(leader);
  const said = await textOf(pids);
  const git = Number(/^git (\d+)$/m.exec(said)?.[1]);
  onTestFinished(() => endGroup(git));
  return { store, git, others: [...said.matchAll(/^\d+$/gm)].map(Number) };
}

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
const recordsIn = (store: string): Promise<string[]> => readdir(join(store, "processes")).catch(() => []);

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.on("exit", done));
  child.kill("SIGKILL");
  await ended;
}

const nextLeader = (store: string) =>
  createProcessGroups(store, { clock: systemClock, ids: systemIds, log: silentLogger, assertLeading() {} });

test("the git of a leader that was killed is ended by the next one, with all that it started", async () => {
  const { store, git, others } = await killLeaderOver(`
    sh -c 'sleep 1000 & echo $! >> "$0"; wait' "$pids" &
    echo $! >> "$pids"
    sleep 1000 &
    echo $! >> "$pids"
    until [ "$(wc -l < "$pids")" -eq 4 ]; do sleep 0.01; done
    echo ready >> "$pids"
    wait`);
  expect(others).toHaveLength(3);
  for (const pid of [git, ...others]) expect(await isRunning(pid)).toBe(true);
  expect(await nextLeader(store).endRecorded()).toEqual([`git merge (process ${git})`]);
  for (const pid of [git, ...others]) expect(await isRunning(pid)).toBe(false);
  expect(await recordsIn(store)).toEqual([]);
});

test("what a git left running that ended with its leader is ended too", async () => {
  const { store, git, others } = await killLeaderOver(`
    sleep 1000 > /dev/null 2>&1 &
    echo $! >> "$pids"
    echo ready >> "$pids"
    while sleep 0.01; do echo "nobody reads this" || exit; done`);
  const [left = 0] = others;
  await until("git has ended", async () => !(await isRunning(git)));
  expect(await isRunning(left)).toBe(true);
  expect(await nextLeader(store).endRecorded()).toEqual([`git merge (process ${git})`]);
  expect(await isRunning(left)).toBe(false);
  expect(await recordsIn(store)).toEqual([]);
});

test("a helper ends with the leader that was killed, and so does the git that it started, with its group", async () => {
  const script = `
    echo $PPID >> "$pids"
    sleep 1000 > /dev/null 2>&1 &
    echo $! >> "$pids"
    echo ready >> "$pids"
    wait`;
  const { store, git, others } = await killLeaderOver(script, [assets.starter]);
  expect(others).toHaveLength(2);
  for (const pid of [git, ...others]) await until("it has ended", async () => !(await isRunning(pid)));
  expect(await nextLeader(store).endRecorded()).toEqual([]);
  expect(await recordsIn(store)).toEqual([]);
});

test("the next leader ends what a helper started that was killed with its leader", async () => {
  const script = `
    echo $PPID >> "$pids"
    sleep 1000 > /dev/null 2>&1 &
    echo $! >> "$pids"
    until [ -n "$(ls "$store/processes" 2> /dev/null)" ]; do sleep 0.01; done
    kill -STOP $PPID
    echo ready >> "$pids"
    wait`;
  const { store, git, others } = await killLeaderOver(script, [assets.starter]);
  const [helper = 0, left = 0] = others;
  process.kill(helper, "SIGKILL");
  await until("the helper has ended", async () => !(await isRunning(helper)));
  expect(await isRunning(left)).toBe(true);
  expect(await nextLeader(store).endRecorded()).toEqual([`git merge (process ${git})`]);
  for (const pid of [git, left]) expect(await isRunning(pid)).toBe(false);
});
