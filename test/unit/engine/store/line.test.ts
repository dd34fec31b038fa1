import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Line } from "../../../../src/engine/store/line.ts";

/** Keeps the thread for some milliseconds. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe("a line", () => {
  test("lets in one at a time, in the order in which they came, whether or not one fails", async () => {
    const line = new Line(() => {});
    const seen: string[] = [];
    const enter = (name: string) =>
      line.run(async () => {
        seen.push(`${name} in`);
        await setImmediate();
        seen.push(`${name} out`);
        if (name === "b") throw new Error("b fails");
      });
    const [a, b, c] = await Promise.allSettled([enter("a"), enter("b"), enter("c")]);
    expect(seen).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
    expect([a.status, b.status, c.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("tells once that it is empty, when the last one has left", async () => {
    const left: number[] = [];
    let inside = 0;
    const line = new Line(() => left.push(inside));
    await Promise.all(
      Array.from({ length: 3 }, () =>
        line.run(async () => {
          inside += 1;
        }),
      ),
    );
    expect(left).toEqual([3]);
  });

  test("lets the event loop turn, however many are in it", async () => {
    const line = new Line(() => {});
    let turns = 0;
    let over = false;
    const count = async () => {
      for (; !over; turns++) await setImmediate();
    };
    const counting = count();
    await Promise.all(Array.from({ length: 50 }, () => line.run(async () => work(1))));
    over = true;
    await counting;
    expect(turns).toBeGreaterThan(10);
  });
});
