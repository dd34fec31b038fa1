import { expect, test } from "vitest";
import { ok, type Result, refuse } from "../../../../src/base/errors.ts";
import type { ShownReview } from "../../../../src/protocol/reviewView.ts";
import { createFiles } from "../../../../src/webview/review/files.ts";
import { createReviewSource } from "../../../../src/webview/review/source.ts";
import { fileReview, reviewFile, shownReview } from "./builders.ts";

/** Calls that are answered when the test says so. */
function staged<T>() {
  const waiting: ((answer: Result<T>) => void)[] = [];
  return {
    waiting,
    call: () => new Promise<Result<T>>((resolve) => waiting.push(resolve)),
    async answer(value: Result<T>) {
      waiting.shift()?.(value);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function open() {
  const get = staged<ShownReview>();
  const mark = staged<ShownReview>();
  const source = createReviewSource({ get: get.call, mark: mark.call, hunksOf: () => null });
  const decision = () => source.get().shown?.review.files[0]?.decision;
  return { get, mark, source, decision };
}

const withDecision = (decision: "accepted" | "rejected" | null) =>
  ok(shownReview({ files: [reviewFile({ decision }), reviewFile({ path: "b" })] }));

test("several refreshes at once ask once more", async () => {
  const { get, source } = open();
  void source.refresh();
  void source.refresh();
  void source.refresh();
  expect(get.waiting).toHaveLength(1);
  await get.answer(withDecision(null));
  expect(get.waiting).toHaveLength(1);
  await get.answer(withDecision(null));
  expect(get.waiting).toHaveLength(0);
  expect(source.get().shown?.review.files).toHaveLength(2);
});

test("a decision is shown at once, and what was asked before it is not", async () => {
  const { get, mark, source, decision } = open();
  void source.refresh();
  await get.answer(withDecision(null));
  void source.refresh();
  const marking = source.mark({ path: "src/a.ts", decision: "accepted" });
  expect(decision()).toBe("accepted");
  await get.answer(withDecision(null));
  expect(decision()).toBe("accepted");
  await mark.answer(withDecision("accepted"));
  expect(await marking).toBeNull();
  expect(get.waiting).toHaveLength(1);
});

test("of decisions in a row the answer to the last one counts", async () => {
  const { get, mark, source, decision } = open();
  void source.refresh();
  await get.answer(withDecision(null));
  void source.mark({ path: "src/a.ts", decision: "accepted" });
  void source.mark({ path: "src/a.ts", decision: "rejected" });
  await mark.answer(withDecision("accepted"));
  expect(decision()).toBe("rejected");
  await mark.answer(withDecision("rejected"));
  expect(decision()).toBe("rejected");
});

test("a decision that is refused is taken back, and why is answered", async () => {
  const { get, mark, source, decision } = open();
  void source.refresh();
  await get.answer(withDecision(null));
  const marking = source.mark({ path: "src/a.ts", decision: "accepted" });
  await mark.answer(refuse("not_found", "It has no such file any more."));
  expect(await marking).toBe("It has no such file any more.");
  await get.answer(withDecision(null));
  expect(decision()).toBeNull();
});

test("a review that can't be read says why, and what was there stays", async () => {
  const { get, source } = open();
  void source.refresh();
  await get.answer(withDecision(null));
  void source.refresh();
  await get.answer(refuse("store_missing", "Not open."));
  expect(source.get()).toMatchObject({ problem: "Not open." });
  expect(source.get().shown).not.toBeNull();
});

test("files that are as before stay the same objects", async () => {
  const { get, source } = open();
  void source.refresh();
  await get.answer(withDecision(null));
  const before = source.get().shown?.review.files;
  void source.refresh();
  await get.answer(withDecision("accepted"));
  const after = source.get().shown?.review.files;
  expect(after?.[0]).not.toBe(before?.[0]);
  expect(after?.[1]).toBe(before?.[1]);
});

test("a file's lines are loaded once for each version, and stay until the next are there", async () => {
  const calls = staged<ReturnType<typeof fileReview>>();
  const files = createFiles(calls.call);
  files.want("a", "v1");
  files.want("a", "v1");
  expect(calls.waiting).toHaveLength(1);
  await calls.answer(ok(fileReview("a")));
  files.want("a", "v1");
  expect(calls.waiting).toHaveLength(0);
  files.want("a", "v2");
  expect(files.of("a").get()).toMatchObject({ version: "v1", lines: { path: "a" } });
  await calls.answer(refuse("not_found", "It is gone."));
  expect(files.of("a").get()).toMatchObject({ version: "v2", problem: "It is gone.", lines: { path: "a" } });
});

test("few files are loaded at once, the last one that was wanted first, and none that nobody wants any more", async () => {
  const asked: string[] = [];
  const calls = staged<ReturnType<typeof fileReview>>();
  const files = createFiles((path) => {
    asked.push(path);
    return calls.call();
  });
  const takeBack = ["a", "b", "c", "d", "e", "f"].map((path) => files.want(path, "v1"));
  expect(asked).toEqual(["a", "b", "c"]);
  takeBack[4]?.();
  await calls.answer(ok(fileReview("a")));
  await calls.answer(ok(fileReview("b")));
  await calls.answer(ok(fileReview("c")));
  expect(asked).toEqual(["a", "b", "c", "f", "d"]);
});
