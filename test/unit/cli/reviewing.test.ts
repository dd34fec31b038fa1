import { describe, expect, test } from "vitest";
import { ok } from "../../../src/base/errors.ts";
import { findComment, parseMark, parsePlace } from "../../../src/cli/reviewing.ts";
import { diffHunk, HEAD, reviewComment, reviewFile, reviewOf } from "../../support/review.ts";

const hunks = [diffHunk(), diffHunk({ id: "hunk-2" })];
const reviews = {
  file: async (_: string, path: string) => ok({ path, headCommit: HEAD, hunks, omitted: null }),
};
const review = reviewOf({ files: [reviewFile(), reviewFile({ path: "odd:2" })] });
const agent = review.agent.id;
const mark = (word: string) => parseMark(reviews, review, word, "accepted");

describe("what is decided on", () => {
  test("is every file, a file, or a hunk by its number or its id", async () => {
    expect(await mark(".")).toEqual(ok({ agent, decision: "accepted" }));
    expect(await mark("src/a.ts")).toEqual(ok({ agent, path: "src/a.ts", decision: "accepted" }));
    expect(await mark("src/a.ts:2")).toEqual(ok({ agent, path: "src/a.ts", hunk: "hunk-2", decision: "accepted" }));
    expect(await mark("src/a.ts:hunk-1")).toMatchObject({ value: { hunk: "hunk-1" } });
  });

  test("may be a file with a colon in its name", async () => {
    expect(await mark("odd:2")).toMatchObject({ value: { path: "odd:2" } });
    expect(await mark("odd:2:1")).toMatchObject({ value: { path: "odd:2", hunk: "hunk-1" } });
  });

  test("is refused where it isn't there", async () => {
    expect(await mark("src/a.ts:3")).toMatchObject({
      refusal: { code: "not_found", message: 'src/a.ts has no hunk "3": it has 2 hunks, numbered from 1.' },
    });
    expect(await mark("src/b.ts")).toMatchObject({
      refusal: { message: 'lead didn\'t change "src/b.ts": did you mean src/a.ts?' },
    });
  });
});

test("a line to comment on is named by path and number", () => {
  expect(parsePlace(review, "src/a.ts:12", "base")).toEqual(ok({ agent, path: "src/a.ts", line: 12, side: "base" }));
  for (const wrong of ["src/a.ts", "src/a.ts:0", "src/a.ts:x"]) {
    expect(parsePlace(review, wrong, "work")).toMatchObject({ ok: false, refusal: { code: "bad_input" } });
  }
});

test("a comment is named by its id, whole or as it is shown, as long as that names one", () => {
  const ids = ["0193-a-aaaaaa", "0193-b-bbbbbb", "0193-c-bbbbbb"];
  const commented = reviewOf({ comments: ids.map((id) => reviewComment({ id })) });
  expect(findComment(commented, "aaaaaa")).toMatchObject({ value: { id: ids[0] } });
  expect(findComment(commented, "0193-c-bbbbbb")).toMatchObject({ value: { id: ids[2] } });
  expect(findComment(commented, "bbbbbb")).toMatchObject({
    refusal: { message: expect.stringMatching(/names several comments/) },
  });
  expect(findComment(commented, "x")).toMatchObject({ ok: false });
});
