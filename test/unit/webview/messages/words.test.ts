import { expect, test } from "vitest";
import { stateOf } from "../../../../src/webview/messages/words.ts";

const pending = {
  status: "pending" as const,
  attempts: 0,
  dueAt: 0,
  errors: [],
  discardedAt: null,
  recipientName: "reader\u202e",
  recipientEnded: false,
};

test("what is pending is not read where its recipient has ended", () => {
  expect(stateOf(pending, 0)).toMatchObject({ word: "Pending", more: null });
  expect(stateOf({ ...pending, recipientEnded: true }, 0)).toMatchObject({
    word: "Not read",
    more: "reader\\u202e has ended",
  });
});

test("what could not be delivered says when it is tried again, and how often it was", () => {
  const failed = { ...pending, attempts: 2, dueAt: 60_000, errors: [{ at: 0, error: "no" }] };
  expect(stateOf(failed, 0).more).toMatch(/^delivered again at .*, tried 2 times$/);
  expect(stateOf(failed, 120_000).more).toBe("to be delivered again, tried 2 times");
  expect(stateOf({ ...failed, status: "dead", attempts: 5 }, 0)).toMatchObject({ word: "Dead", more: "tried 5 times" });
});
