import { describe, expect, test } from "vitest";
import { Emitter } from "../../../src/base/event.ts";
import { type Channel, ConnectionLostError, connectCalls, type Functions } from "../../../src/protocol/channel.ts";

/** Two ends in one process; what is posted at one is heard at the other, as JSON would carry it. */
function linked(): readonly [Channel, Channel] {
  const ends = [0, 1].map(() => ({
    messages: new Emitter<unknown>(() => {}),
    closes: new Emitter<void>(() => {}),
  }));
  const close = () => {
    for (const end of ends) end.closes.fire();
  };
  const channelOf = (own: number): Channel => ({
    post: (message) => ends[1 - own]?.messages.fire(JSON.parse(JSON.stringify(message))),
    onMessage: (listener) => ends[own]?.messages.event(listener) ?? { dispose() {} },
    onClose: (listener) => ends[own]?.closes.event(listener) ?? { dispose() {} },
    close,
  });
  return [channelOf(0), channelOf(1)];
}

const setUp = (functions: Functions) => {
  const [near, far] = linked();
  const errors: unknown[] = [];
  // What a logger happens to return must not keep the answer back.
  connectCalls(far, functions, (error) => errors.push(error) > 0);
  return { near, far, errors, calls: connectCalls(near, {}, () => {}) };
};

describe("calls over a channel", () => {
  test("answer, and reject with what the other end threw, whatever hears of it there", async () => {
    const { calls, errors } = setUp({
      add: (a, b) => Number(a) + Number(b),
      fail: () => {
        throw new Error("the disk is full");
      },
    });
    expect(await calls.call("add", 1, 2)).toBe(3);
    await expect(calls.call("fail")).rejects.toThrow("the disk is full");
    expect(errors).toHaveLength(1);
  });

  test.each(["constructor", "__proto__", "toString", "nothing"])("reach no function called %s", async (name) => {
    const { calls } = setUp({});
    await expect(calls.call(name)).rejects.toThrow("not found");
  });

  test("that nobody answers any more are lost, and so are those that come later", async () => {
    const { calls, near } = setUp({ wait: () => new Promise(() => {}) });
    const waiting = calls.call("wait");
    near.close();
    await expect(waiting).rejects.toThrow(ConnectionLostError);
    await expect(calls.call("wait")).rejects.toThrow(ConnectionLostError);
    calls.tell("wait");
  });

  test("end with a message that is none", async () => {
    const { calls, far } = setUp({ wait: () => new Promise(() => {}) });
    const waiting = calls.call("wait");
    far.post({ t: "unknown" });
    await expect(waiting).rejects.toThrow(ConnectionLostError);
  });
});
