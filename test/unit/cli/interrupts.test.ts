import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { createInterrupts } from "../../../src/cli/interrupts.ts";
import { createFakeClock } from "../../support/clock.ts";

function setUp() {
  const source = new EventEmitter();
  const clock = createFakeClock();
  const killed: number[] = [];
  return { source, clock, killed, interrupts: createInterrupts(source, clock, (code) => killed.push(code)) };
}

const untilAborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
])("a first %s aborts with the exit code %i", async (name, code) => {
  const { source, killed, interrupts } = setUp();
  const guarded = interrupts.guard(untilAborted);
  source.emit(name);
  expect(await guarded).toBe(code);
  expect(killed).toEqual([]);
});

test("a second one ends the process at once, unless it is the same press", async () => {
  const { source, clock, killed, interrupts } = setUp();
  await interrupts.guard(async () => {
    source.emit("SIGINT");
    clock.advance(100);
    source.emit("SIGINT");
    expect(killed).toEqual([]);
    clock.advance(500);
    source.emit("SIGINT");
    expect(killed).toEqual([130]);
  });
});

test("nothing is listened to outside of what is guarded, however it ends", async () => {
  const { source, interrupts } = setUp();
  expect(interrupts.request(0)).toBe(false);
  await expect(
    interrupts.guard(async () => {
      throw new Error("failed");
    }),
  ).rejects.toThrow("failed");
  expect(source.eventNames()).toEqual([]);
});

test("a request ends what is guarded with its code", async () => {
  const { interrupts } = setUp();
  const guarded = interrupts.guard(untilAborted);
  expect(interrupts.request(0)).toBe(true);
  expect(await guarded).toBe(0);
});
