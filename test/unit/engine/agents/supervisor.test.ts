import { describe, expect, test } from "vitest";
import { silentLogger } from "../../../../src/base/log.ts";
import { createSupervisor } from "../../../../src/engine/agents/supervisor.ts";
import { createFakeClock } from "../../../support/clock.ts";

/** Runs that end when they are told to, or when they are stopped; asked to rest, they go on until they are told. */
function setUp(slots: number) {
  const started: string[] = [];
  const stopped: string[] = [];
  const resting: string[] = [];
  const crashed: string[] = [];
  const clock = createFakeClock();
  const endings = new Map<string, { end: () => void; crash: (error: Error) => void }>();
  const supervisor = createSupervisor({
    slots,
    clock,
    log: silentLogger,
    passes: (error) => error instanceof Error && error.message === "the disk is full",
    onCrash: async (agentId) => {
      crashed.push(agentId);
    },
    run: (agentId, { stop: signal, rest }) => {
      started.push(agentId);
      return new Promise((resolve, reject) => {
        const over = new AbortController();
        endings.set(agentId, {
          end: () => {
            over.abort();
            resolve();
          },
          crash: reject,
        });
        rest.addEventListener("abort", () => resting.push(agentId));
        const stop = () => {
          stopped.push(agentId);
          reject(signal.reason);
        };
        signal.addEventListener("abort", stop, { signal: over.signal });
      });
    },
  });
  supervisor.start();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (agentId: string) => {
    endings.get(agentId)?.end();
    await settled();
  };
  return { supervisor, clock, started, stopped, resting, crashed, endings, end, settled };
}

describe("the supervisor", () => {
  test("queues what has no slot, first come first served", async () => {
    const { supervisor, started, end } = setUp(2);
    for (const id of ["a", "b", "c", "d"]) supervisor.wake(id, "team");
    expect(started).toEqual(["a", "b"]);
    await end("a");
    expect(started).toEqual(["a", "b", "c"]);
    await end("b");
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  test("looks once more at an agent that was woken while it ran", async () => {
    const { supervisor, started, end } = setUp(1);
    supervisor.wake("a", "team");
    supervisor.wake("a", "team");
    supervisor.wake("a", "team");
    expect(started).toEqual(["a"]);
    await end("a");
    expect(started).toEqual(["a", "a"]);
    await end("a");
    expect(started).toEqual(["a", "a"]);
  });

  test("halts a run, waits for it, and starts it again only when it is released", async () => {
    const { supervisor, started, stopped } = setUp(2);
    supervisor.wake("a", "team");
    await supervisor.halt(["a"]);
    expect(stopped).toEqual(["a"]);
    supervisor.wake("a", "team");
    expect(started).toEqual(["a"]);
    supervisor.release(["a"]);
    expect(started).toEqual(["a", "a"]);
  });

  test("gives a run that is halted with patience time for its step", async () => {
    const { supervisor, started, stopped, resting, clock, end } = setUp(2);
    supervisor.wake("a", "team");
    supervisor.wake("b", "team");
    const halted = supervisor.halt(["a", "b"], 30_000);
    expect(resting).toEqual(["a", "b"]);
    clock.advance(29_999);
    await end("a");
    await end("b");
    await halted;
    expect(stopped).toEqual([]);
    expect(clock.sleeping).toBe(0);
    supervisor.release(["a", "b"]);
    expect(started).toEqual(["a", "b", "a", "b"]);
  });

  test("stops a run that does not rest in time, and no other", async () => {
    const { supervisor, stopped, clock, end } = setUp(3);
    for (const id of ["quick", "slow", "other"]) supervisor.wake(id, "team");
    const halted = supervisor.halt(["quick", "slow"], 30_000);
    await end("quick");
    expect(stopped).toEqual([]);
    clock.advance(30_000);
    await halted;
    expect(stopped).toEqual(["slow"]);
  });

  test("keeps one that is halted in line out of a slot until it is released", async () => {
    const { supervisor, started, end } = setUp(1);
    for (const id of ["a", "b", "c"]) supervisor.wake(id, "team");
    await supervisor.halt(["b"]);
    await end("a");
    expect(started).toEqual(["a", "c"]);
    supervisor.release(["b"]);
    await end("c");
    expect(started).toEqual(["a", "c", "b"]);
  });

  test("lets one that two have halted go on when both have released it", async () => {
    const { supervisor, started } = setUp(1);
    supervisor.wake("a", "team");
    await Promise.all([supervisor.halt(["a"]), supervisor.halt(["a"])]);
    supervisor.release(["a"]);
    supervisor.wake("a", "team");
    expect(started).toEqual(["a"]);
    supervisor.release(["a"]);
    expect(started).toEqual(["a", "a"]);
  });

  test("starts nothing on release that neither ran, nor stood in line, nor was woken", async () => {
    const { supervisor, started } = setUp(1);
    await supervisor.halt(["a"]);
    supervisor.release(["a"]);
    expect(started).toEqual([]);
  });

  test("cuts patience short when it stops", async () => {
    const { supervisor, stopped, clock } = setUp(1);
    supervisor.wake("a", "team");
    const halted = supervisor.halt(["a"], 30_000);
    await supervisor.stop();
    await halted;
    expect(stopped).toEqual(["a"]);
    expect(clock.sleeping).toBe(0);
  });

  test("serves another team first when one holds more slots", async () => {
    const { supervisor, started, end } = setUp(2);
    for (const id of ["a1", "a2", "a3", "a4"]) supervisor.wake(id, "a");
    supervisor.wake("b1", "b");
    await end("a1");
    expect(started).toEqual(["a1", "a2", "b1"]);
  });

  test("reports a run that threw, and gives its slot to the next", async () => {
    const { supervisor, started, crashed, endings, settled } = setUp(1);
    supervisor.wake("a", "team");
    supervisor.wake("b", "team");
    endings.get("a")?.crash(new Error("bug"));
    await settled();
    expect(crashed).toEqual(["a"]);
    expect(started).toEqual(["a", "b"]);
  });

  test("tries again what passes, after longer and longer pauses, and lets others run meanwhile", async () => {
    const { supervisor, clock, started, crashed, endings, settled, end } = setUp(1);
    const fill = async () => {
      endings.get("a")?.crash(new Error("the disk is full"));
      await settled();
    };
    supervisor.wake("a", "team");
    supervisor.wake("b", "team");
    await fill();
    expect(started).toEqual(["a", "b"]);
    await end("b");
    clock.advance(1_000);
    await settled();
    await fill();
    clock.advance(1_999);
    await settled();
    expect(started).toEqual(["a", "b", "a"]);
    clock.advance(1);
    await settled();
    expect(started).toEqual(["a", "b", "a", "a"]);
    expect(crashed).toEqual([]);
  });

  test("stops every run and starts nothing afterwards", async () => {
    const { supervisor, started, stopped, crashed } = setUp(1);
    supervisor.wake("a", "team");
    supervisor.wake("b", "team");
    await supervisor.stop();
    supervisor.wake("c", "team");
    expect(started).toEqual(["a"]);
    expect(stopped).toEqual(["a"]);
    expect(crashed).toEqual([]);
  });
});
