import { expect, test } from "vitest";
import { keyOf, placed, placeOf, threadsByPath } from "../../../../src/webview/review/comments.ts";
import { diffHunk, diffLine, reviewComment } from "./builders.ts";

const lines = [
  diffLine({ baseLine: 7, workLine: 8 }),
  diffLine({ kind: "deleted", baseLine: 8, workLine: null }),
  diffLine({ kind: "added", baseLine: null, workLine: 9 }),
];

test("a comment is written on the work's line, on a deleted one on the base's", () => {
  expect(lines.map(placeOf).map(keyOf)).toEqual(["work:8", "base:8", "work:9"]);
});

test("comments stand under their lines, on a context line from either side, or apart", () => {
  const comments = [
    reviewComment({ id: "context", side: "base", line: 7 }),
    reviewComment({ id: "added", side: "work", line: 9 }),
    reviewComment({ id: "gone", side: "work", line: 99 }),
  ];
  const threads = comments.map((comment) => ({ comment, answers: [] }));
  const { byLine, elsewhere } = placed(threads, [diffHunk("h", lines)], "head");
  const ids = [...byLine].map(([key, under]) => [key, ...under.map(({ comment }) => comment.id)]);
  expect(ids).toEqual([
    ["work:8", "context"],
    ["work:9", "added"],
  ]);
  expect(elsewhere.map(({ comment }) => comment.id)).toEqual(["gone"]);
});

test("a comment on an older version stands under its line only where that reads as it did", () => {
  const older = { headCommit: "older", side: "work", line: 9 } as const;
  const comments = [
    reviewComment({ ...older, id: "same", excerpt: " before\n+same" }),
    reviewComment({ ...older, id: "changed", excerpt: "+not what it is now" }),
  ];
  const threads = comments.map((comment) => ({ comment, answers: [] }));
  const { byLine, elsewhere } = placed(threads, [diffHunk("h", lines)], "head");
  expect(byLine.get("work:9")?.map(({ comment }) => comment.id)).toEqual(["same"]);
  expect(elsewhere.map(({ comment }) => comment.id)).toEqual(["changed"]);
});

test("threads are kept by path, in the order of lines, each with its own answers", () => {
  const comments = [reviewComment({ id: "second", line: 5 }), reviewComment({ id: "first", line: 2 })];
  const answers = [{ id: "a", commentId: "second", at: 9, body: "Done." }];
  const threads = threadsByPath({ comments, answers }).get("src/a.ts") ?? [];
  expect(threads.map(({ comment, answers }) => [comment.id, answers.length])).toEqual([
    ["first", 0],
    ["second", 1],
  ]);
});
