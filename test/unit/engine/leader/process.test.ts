import { describe, expect, test } from "vitest";
import { isAlive, parseStat, processStart } from "../../../../src/engine/leader/process.ts";
import { isRunning, neglecting, startGroup, until } from "../../../support/processes.ts";

test("a command may hold spaces and parentheses", () => {
  const fields = ["Z", 1, 4711, ...Array.from({ length: 16 }, (_, index) => index), 987654, 1];
  expect(parseStat(`4711 (a) b (c)) ${fields.join(" ")}\n`)).toEqual({ isZombie: true, group: 4711, start: "987654" });
});

describe("a process is alive", () => {
  test("when it runs and started then", async () => {
    const start = await processStart(process.pid);
    expect(start).toMatch(/\d/);
    expect(await isAlive(process.pid, start)).toBe(true);
    expect(await isAlive(process.pid, undefined)).toBe(true);
    expect(await isAlive(process.pid, "another time")).toBe(false);
  });

  test.runIf(process.platform === "linux")("no longer when it is a zombie", async () => {
    const [zombie = 0] = (await startGroup(neglecting())).members;
    const start = await processStart(zombie);
    expect(start).toMatch(/\d/);
    await until("it has ended", async () => !(await isRunning(zombie)));
    expect(await isAlive(zombie, start)).toBe(false);
  });
});
