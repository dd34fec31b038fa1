import { expect, test, vi } from "vitest";
import type { Clock } from "../../../../src/base/clock.ts";
import { createWaking } from "../../../../src/engine/agents/waking.ts";
import type { Store } from "../../../../src/engine/store/port.ts";
import type { EngineEvent } from "../../../../src/protocol/events.ts";
import { createFakeClock } from "../../../support/clock.ts";

function setUp(clock: Clock) {
  const woken: string[] = [];
  let tell: (event: EngineEvent) => void = () => {};
  const store: Pick<Store, "onEvent" | "read"> = {
    onEvent: (listener) => {
      tell = listener;
      return { dispose() {} };
    },
    read: (body) => body({ all: async () => [], get: async () => undefined }),
  };
  const returned = async () => [{ recipientId: "reader", dueAt: clock.now() + 500 }];
  const waking = createWaking({ store, inbox: { returned }, clock, wake: (id) => woken.push(id) });
  const waits = (agentId: string, waitsUntil: number): EngineEvent => ({
    type: "agent.moved",
    agentId,
    from: "running",
    to: "waiting",
    waitingFor: "message",
    waitsUntil,
    reason: null,
    seq: 1,
    at: 0,
  });
  return { waking, woken, hear: (agentId: string, until: number) => tell(waits(agentId, until)) };
}

test("an agent is woken when its time has come, and not before, though its timer goes off early", async () => {
  const fake = createFakeClock();
  // Off by a millisecond, as timers are.
  const early: Clock = { now: fake.now, sleep: (ms, signal) => fake.sleep(Math.max(1, ms - 1), signal) };
  const { hear, woken } = setUp(early);
  hear("waiter", fake.now() + 1_000);
  fake.advance(999);
  await vi.waitFor(() => expect(fake.sleeping).toBe(1));
  expect(woken).toEqual([]);
  fake.advance(1);
  await vi.waitFor(() => expect(woken).toEqual(["waiter"]));
});

test("those whose time is still to come at a start are woken then", async () => {
  const clock = createFakeClock();
  const { waking, woken } = setUp(clock);
  await waking.begin([]);
  expect(woken).toEqual([]);
  clock.advance(500);
  await vi.waitFor(() => expect(woken).toEqual(["reader"]));
});

test("nobody is woken after the end", async () => {
  const clock = createFakeClock();
  const { waking, woken, hear } = setUp(clock);
  hear("waiter", clock.now() + 1_000);
  waking.stop();
  await vi.waitFor(() => expect(clock.sleeping).toBe(0));
  clock.advance(1_000);
  expect(woken).toEqual([]);
});
