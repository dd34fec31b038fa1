import { describe, expect, test } from "vitest";
import { clamp, relocate } from "../../../src/vscode/comments/lines.ts";
import { lineInReview, type OpenText, placeComments } from "../../../src/vscode/comments/placing.ts";
import { planThreads } from "../../../src/vscode/comments/plan.ts";
import { addressOf, versionAt } from "../../../src/vscode/gitAddress.ts";
import { HEAD, reviewComment, reviewFile, reviewOf } from "../../support/review.ts";

const agentId = "a000000000";

describe("the address of a file's version", () => {
  test("tells the version again, of a review too, whatever the names are", () => {
    const plain = { commit: HEAD, path: "src/ä b&c.ts" };
    expect(versionAt(addressOf(plain))).toEqual(plain);
    const reviewed = { ...plain, review: { agentId, side: "base", file: "new&name=?.ts" } } as const;
    expect(versionAt(addressOf(reviewed))).toEqual(reviewed);
    expect(versionAt({ ...addressOf(plain), scheme: "file" })).toBeUndefined();
  });
});

describe("a line in another version", () => {
  const from = ["a", "b", "c", "d"];

  test("stays where nothing before it changed, and moves with what came before it", () => {
    expect(relocate(from, ["a", "b", "x", "d"], 2)).toBe(2);
    expect(relocate(from, ["x", "y", "a", "b", "c", "d"], 4)).toBe(6);
    expect(relocate(from, ["c", "d"], 3)).toBe(1);
  });

  test("is found again where it stands among what changed, or else where that begins", () => {
    expect(relocate(["a", "b", "c"], ["x", "b", "y"], 2)).toBe(2);
    expect(relocate(["a", "b", "c"], ["a", "x", "c"], 2)).toBe(2);
    expect(relocate(["a", "b"], [], 2)).toBe(1);
  });

  test("is never outside of the file", () => {
    expect(clamp(9, 3)).toBe(3);
    expect(clamp(0, 3)).toBe(1);
    expect(relocate(["a"], ["a", "b"], 7)).toBe(1);
  });
});

const documentOf = (side: "base" | "work", commit: string, text: string, file = "src/a.ts"): OpenText => {
  const place = { agentId, side, file };
  return {
    uri: `${side}:${commit}:${file}`,
    place,
    version: { commit, path: file, review: place },
    lines: text.split("\n"),
  };
};
const work = documentOf("work", HEAD, "one\ntwo\nthree");
const base = documentOf("base", "b".repeat(40), "one\nzwei");
const asWritten = ({ line }: { readonly line: number }) => line;

describe("the threads of a review", () => {
  test("stand on both sides, one for each line, with the agent's answers in order", () => {
    const review = reviewOf({
      comments: [
        reviewComment({ id: "1", writtenAt: 1, messageId: "m", sentAt: 2 }),
        reviewComment({ id: "2", writtenAt: 5, body: "And this?" }),
        reviewComment({ id: "3", side: "base", line: 1, messageId: "m", sentAt: 2, resolvedAt: 9 }),
        reviewComment({ id: "4", path: "elsewhere.ts" }),
      ],
      answers: [{ id: "x", commentId: "1", at: 3, body: "Once is enough." }],
    });
    expect(planThreads(review, [work, base], asWritten)).toEqual([
      {
        uri: work.uri,
        line: 2,
        state: "open",
        said: [
          { id: "1", kind: "sent", body: "Why twice?", at: 1 },
          { id: "x", kind: "answer", body: "Once is enough.", at: 3 },
          { id: "2", kind: "pending", body: "And this?", at: 5 },
        ],
      },
      { uri: base.uri, line: 1, state: "resolved", said: [expect.objectContaining({ id: "3", kind: "resolved" })] },
    ]);
  });

  test("of which nothing was sent are pending", () => {
    const [thread] = planThreads(reviewOf({ comments: [reviewComment()] }), [work], asWritten);
    expect(thread?.state).toBe("pending");
  });
});

describe("a comment on work that has moved on", () => {
  const older = "1".repeat(40);
  const files: Readonly<Record<string, string>> = { [older]: "two\nthree", [HEAD]: "one\ntwo\nthree" };
  const asked: string[] = [];
  const worktrees = {
    async readFileAt(commit: string, path: string) {
      asked.push(`${commit}:${path}`);
      return new TextEncoder().encode(files[commit] ?? "");
    },
  };

  test("stands where its line is now, and the file is read once", async () => {
    const comments = [1, 2].map((line) => reviewComment({ id: String(line), line, headCommit: older }));
    const lineIn = await placeComments(worktrees, reviewOf({ comments }), [work, base]);
    expect(comments.map((comment) => lineIn(comment, work))).toEqual([2, 3]);
    expect(asked).toEqual([`${older}:src/a.ts`]);
    expect(lineIn(reviewComment({ side: "base", line: 40 }), base)).toBe(2);
  });

  test("is written on the line as the review counts it now", async () => {
    const opened = documentOf("work", older, "two\nthree");
    expect(await lineInReview(worktrees, reviewOf(), opened, 2)).toBe(3);
    expect(await lineInReview(worktrees, reviewOf(), work, 2)).toBe(2);
    const renamed = reviewOf({ files: [reviewFile({ previousPath: "old.ts" })], baseCommit: HEAD });
    await lineInReview(worktrees, renamed, base, 1);
    expect(asked.at(-1)).toBe(`${HEAD}:old.ts`);
  });
});
