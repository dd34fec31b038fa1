import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../../src/base/clock.ts";
import { createDarwinTable } from "../../../../src/engine/leader/darwin.ts";
import { createLinuxTable } from "../../../../src/engine/leader/linux.ts";
import type { ProcessRecord } from "../../../../src/engine/leader/processRecord.ts";
import { askPs, type RunProgram, runProgram } from "../../../../src/engine/leader/programs.ts";
import { createWindowsSystem, imageOf } from "../../../../src/engine/leader/windows.ts";
import { isRunning, neglecting, startGroup, until } from "../../../support/processes.ts";

const recordOf = (pid: number, more: Partial<ProcessRecord> = {}): ProcessRecord => ({
  pid,
  startedAt: systemClock.now(),
  program: "git",
  what: "git merge",
  host: "here",
  leader: "leader",
  ...more,
});

describe.runIf(process.platform === "linux")("Linux", () => {
  const table = createLinuxTable();

  test("knows a process by its start, of this boot", async () => {
    const processStart = table.identity(process.pid) ?? "";
    expect(processStart).toMatch(/^[\da-f-]{36} \d+$/);
    expect(await table.isRecorded(recordOf(process.pid, { processStart }))).toBe(true);
    expect(await table.isRecorded(recordOf(process.pid, { processStart: processStart.slice(1) }))).toBe(false);
    expect(await table.isRecorded(recordOf(99_999_999, { processStart }))).toBeUndefined();
  });

  test("tells a group's members and what they were started with", async () => {
    const { pid, members } = await startGroup("sleep 1000 & echo $!; echo ready; wait", { MARK: "a=b c" });
    expect(await table.members(pid)).toEqual([pid, ...members]);
    await until("sleep runs", async () => table.wasStartedWith(members[0] ?? 0, "MARK=a=b c"));
    expect(await table.wasStartedWith(pid, "MARK=a=b")).toBe(false);
    expect(await table.wasStartedWith(99_999_999, "MARK=a=b c")).toBe(false);
  });
});

describe.runIf(spawnSync("ps", ["-A"]).status === 0)("macOS, as far as ps is the same everywhere", () => {
  const table = createDarwinTable(runProgram);

  test("knows a process by the time of its record", async () => {
    const { pid } = await startGroup("echo ready; exec sleep 1000");
    expect(await table.isRecorded(recordOf(pid))).toBe(true);
    expect(await table.isRecorded(recordOf(pid, { startedAt: systemClock.now() - 10_000 }))).toBe(false);
    expect(await table.isRecorded(recordOf(99_999_999))).toBeUndefined();
  });

  test("tells a group's members, zombies left out", async () => {
    const { pid, members } = await startGroup(`sleep 1000 & echo $!\n${neglecting()}`);
    const [lives = 0, zombie = 0] = members;
    await until("one is a zombie", async () => !(await isRunning(zombie)));
    expect((await table.members(pid)).toSorted()).toEqual([pid, lives].toSorted());
    expect((await askPs(runProgram, ["-p", String(zombie)]))[0]).toMatchObject({ group: pid, isZombie: true });
  });
});

test("on macOS a process's environment stands behind its command", async () => {
  const table = createDarwinTable(async () => "git merge BANYAN_LEADER=a HOME=/Users/una\n");
  expect(await table.wasStartedWith(5, "BANYAN_LEADER=a")).toBe(true);
  expect(await table.wasStartedWith(5, "BANYAN_LEADER=")).toBe(false);
});

describe("Windows", () => {
  const line = '"git.exe","4711","Console","1","9,728 K"\r\n';
  const none = "INFO: No tasks are running which match the specified criteria.\r\n";

  test("tells a process's program", () => {
    expect(imageOf(line, 4711)).toBe("git.exe");
    expect(imageOf(line, 47)).toBeUndefined();
    expect(imageOf(none, 4711)).toBeUndefined();
  });

  test("ends a process with those it started, where it is the recorded program's", async () => {
    const ran: string[][] = [];
    const run: RunProgram = async (file, args) => {
      ran.push([file, ...args]);
      return line;
    };
    const system = createWindowsSystem(run, "C:");
    expect(await system.isOurs(recordOf(4711))).toBe(true);
    expect(await system.isOurs(recordOf(4711, { program: "node" }))).toBe(false);
    await system.signal(recordOf(4711), "SIGKILL");
    expect(ran.map(([file = ""]) => file.replace("\\", "/"))).toEqual([
      "C:/tasklist.exe",
      "C:/tasklist.exe",
      "C:/taskkill.exe",
    ]);
    expect(ran[0]?.slice(1)).toEqual(["/FI", "PID eq 4711", "/FO", "CSV", "/NH"]);
    expect(ran[2]?.slice(1)).toEqual(["/T", "/F", "/PID", "4711"]);
  });
});
