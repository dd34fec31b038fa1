import { describe, expect, test } from "vitest";
import { silentLogger } from "../../../../src/base/log.ts";
import { createSupervisor } from "../../../../src/engine/agents/supervisor.ts";
import { createFakeClock } from "../../../support/clock.ts";

/** Runs that end when they are told to, or when they are stopped. */
function setUp(slots: number) {
  const started: string[] = [];
  const stopped: string[] = [];
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
    run: (agentId, { stop: signal }) => {
      started.push(agentId);
      return new Promise((resolve, reject) => {
        endings.set(agentId, { end: resolve, crash: reject });
        signal.addEventListener("abort", () => {
          stopped.push(agentId);
          reject(signal.reason);
        });
      });
    },
  });
  supervisor.start();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (agentId: string) => {
    endings.get(agentId)?.end();
    await settled();
  };
  return { supervisor, clock, started, stopped, crashed, endings, end, settled };
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
