import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../../src/base/clock.ts";
import { systemIds } from "../../../../src/base/ids.ts";
import type { Logger } from "../../../../src/base/log.ts";
import { createProcessGroups } from "../../../../src/engine/leader/processGroups.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { isRunning, neglecting, startGroup, until } from "../../../support/processes.ts";
import { temporaryFolder } from "../../../support/store.ts";

/** Leaders of one store, one after the other. */
async function createLeaders() {
  const store = await temporaryFolder();
  const folder = join(store, "processes");
  const logged: string[] = [];
  const note = (message: string) => logged.push(message);
  const log: Logger = { debug() {}, info() {}, warn: note, error: note };
  return {
    logged,
    folder,
    records: () => readdir(folder),
    lead: (clock: Clock = systemClock) =>
      createProcessGroups(store, { clock, ids: systemIds, log, assertLeading() {} }),
    async write(name: string, content: unknown) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    },
  };
}

const git = (pid: number) => ({ pid, program: "git", what: "git merge" });

/** A clock by which what is slept is over at once. */
function createHastyClock(): Clock {
  const clock = createFakeClock();
  return { now: clock.now, sleep: async (ms) => clock.advance(ms) };
}

describe("the next leader", () => {
  test("ends a process with all of its group, and says so", async () => {
    const { lead, records } = await createLeaders();
    const before = lead();
    const group = await startGroup("sleep 1000 & echo $!; echo ready; wait", before.environment);
    before.started(git(group.pid));
    expect(await lead().endRecorded()).toEqual([`git merge (process ${group.pid})`]);
    for (const pid of [group.pid, ...group.members]) expect(await isRunning(pid)).toBe(false);
    expect(await records()).toEqual([]);
  });

  test("ends what is left of a group whose first process has ended", async () => {
    const { lead, records } = await createLeaders();
    const before = lead();
    const { pid, members } = await startGroup("sleep 1000 & echo $!; echo ready", before.environment);
    before.started(git(pid));
    await until("the first process has ended", async () => !(await isRunning(pid)));
    expect(await isRunning(members[0] ?? 0)).toBe(true);
    expect(await lead().endRecorded()).toEqual([`git merge (process ${pid})`]);
    expect(await isRunning(members[0] ?? 0)).toBe(false);
    expect(await records()).toEqual([]);
  });

  test("leaves a stranger's group alone that got the number and has lost its first process", async () => {
    const { lead, records } = await createLeaders();
    const { pid, members } = await startGroup("sleep 1000 & echo $!; echo ready", lead().environment);
    lead().started(git(pid));
    await until("the first process has ended", async () => !(await isRunning(pid)));
    expect(await lead().endRecorded()).toEqual([]);
    expect(await isRunning(members[0] ?? 0)).toBe(true);
    expect(await records()).toEqual([]);
  });

  test("leaves a process alone that got the pid and started at another time", async () => {
    const { lead, records, folder, write } = await createLeaders();
    const before = lead();
    const { pid } = await startGroup("echo ready; exec sleep 1000", before.environment);
    before.started(git(pid));
    const [name = ""] = await records();
    const record = JSON.parse(await readFile(join(folder, name), "utf8"));
    await write(name, { ...record, processStart: "another boot 1", startedAt: record.startedAt - 60_000 });
    expect(await lead().endRecorded()).toEqual([]);
    expect(await isRunning(pid)).toBe(true);
    expect(await records()).toEqual([]);
  });

  test("forces what ignores that it was asked to end", async () => {
    const { lead, folder, records } = await createLeaders();
    const before = lead();
    const asked = join(folder, "..", "asked");
    const script = `trap 'touch ${asked}' TERM; echo ready; while :; do sleep 0.01; done`;
    const { pid } = await startGroup(script, before.environment);
    before.started(git(pid));
    expect(await lead().endRecorded()).toEqual([`git merge (process ${pid})`]);
    expect(await readFile(asked, "utf8")).toBe("");
    expect(await isRunning(pid)).toBe(false);
    expect(await records()).toEqual([]);
  });

  test("waits by its own clock", async () => {
    const { lead } = await createLeaders();
    const before = lead();
    const { pid } = await startGroup("trap '' TERM; echo ready; while :; do sleep 0.01; done", before.environment);
    before.started(git(pid));
    const clock = createHastyClock();
    const began = clock.now();
    expect(await lead(clock).endRecorded()).toHaveLength(1);
    expect(clock.now() - began).toBeGreaterThanOrEqual(2_000);
    expect(await isRunning(pid)).toBe(false);
  });

  test.runIf(process.platform === "linux")("takes a zombie for ended", async () => {
    const { lead, records } = await createLeaders();
    const before = lead();
    const [zombie = 0] = (await startGroup(neglecting("setsid"), before.environment)).members;
    before.started(git(zombie));
    await until("it has ended", async () => !(await isRunning(zombie)));
    expect(process.kill(zombie, 0)).toBe(true);
    expect(await lead().endRecorded()).toEqual([]);
    expect(await records()).toEqual([]);
  });

  test("leaves its own processes alone", async () => {
    const { lead, records } = await createLeaders();
    const own = lead();
    const { pid } = await startGroup("echo ready; exec sleep 1000", own.environment);
    own.started(git(pid));
    expect(await own.endRecorded()).toEqual([]);
    expect(await isRunning(pid)).toBe(true);
    expect(await records()).toHaveLength(1);
  });

  test("is not stopped by what is no record, and ends the others", async () => {
    const { lead, write, records, logged } = await createLeaders();
    const before = lead();
    const { pid } = await startGroup("echo ready; exec sleep 1000", before.environment);
    before.started(git(pid));
    const good = { pid: 2, startedAt: 1, program: "git", what: "git", host: hostname(), leader: "x" };
    await write("70-1.json", "");
    await write("71-1.json", '{"pid": 71, "sta');
    await write("72-1.json", { ...good, pid: 1 });
    await write("73-1.json", { ...good, pid: -1 });
    await write("74-1.json", { ...good, pid, host: "elsewhere" });
    await write("notes.txt", "mine");
    expect(await lead().endRecorded()).toEqual([`git merge (process ${pid})`]);
    expect((await records()).sort()).toEqual(["74-1.json", "notes.txt"]);
    expect(logged).toHaveLength(6);
    expect(await lead().endRecorded()).toEqual([]);
  });

  test("says what it can't end, and leaves the record to the one after it", async () => {
    const { lead, records, logged, folder } = await createLeaders();
    lead().started(git(99_999_999));
    const immortal = {
      identity: () => undefined,
      isOurs: async () => true,
      runs: async () => true,
      signal: async () => {},
    };
    const log: Logger = { debug() {}, info() {}, warn: (message) => logged.push(message), error() {} };
    const deps = { assertLeading() {}, clock: createHastyClock(), ids: systemIds, log, system: immortal };
    expect(await createProcessGroups(join(folder, ".."), deps).endRecorded()).toEqual([]);
    expect(logged).toEqual(["What an earlier process started could not be ended"]);
    expect(await records()).toHaveLength(1);
  });
});

describe("a record", () => {
  test("is there as soon as the process is told of, and goes with it", async () => {
    const { lead, records } = await createLeaders();
    const record = lead().started(git(process.pid));
    expect(await records()).toEqual([expect.stringMatching(new RegExp(`^${process.pid}-\\d+\\.json$`))]);
    record.dispose();
    record.dispose();
    expect(await records()).toEqual([]);
  });

  test("that can't be written is said, and stops nobody", async () => {
    const { lead, folder, logged } = await createLeaders();
    const leader = lead();
    await rm(folder, { recursive: true });
    leader.started(git(process.pid)).dispose();
    expect(logged).toEqual(["A process could not be recorded"]);
  });
});
