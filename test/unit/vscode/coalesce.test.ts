import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createCoalescer } from "../../../src/vscode/coalesce.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("runs at once, and for a burst once more when the pause is over", async () => {
  let runs = 0;
  const coalescer = createCoalescer(100, async () => void runs++);
  for (let i = 0; i < 50; i++) coalescer.trigger();
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(99);
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(runs).toBe(2);
  await vi.advanceTimersByTimeAsync(1000);
  expect(runs).toBe(2);
});

test("never runs twice at the same time, and misses no trigger during a run", async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const coalescer = createCoalescer(10, async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 50));
    running--;
    runs++;
  });
  coalescer.trigger();
  await vi.advanceTimersByTimeAsync(20);
  coalescer.trigger();
  await vi.advanceTimersByTimeAsync(500);
  expect({ most, runs }).toEqual({ most: 1, runs: 2 });
});

test("starts nothing and holds no timer after disposal", async () => {
  let runs = 0;
  const coalescer = createCoalescer(100, async () => void runs++);
  coalescer.trigger();
  coalescer.trigger();
  await vi.advanceTimersByTimeAsync(10);
  coalescer.dispose();
  coalescer.trigger();
  await vi.advanceTimersByTimeAsync(1000);
  expect(runs).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
