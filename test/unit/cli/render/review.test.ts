import { expect, test } from "vitest";
import { fileReviewLines, reviewLines } from "../../../../src/cli/render/review.ts";
import { diffHunk, HEAD, reviewComment, reviewFile, reviewOf } from "../../../support/review.ts";
import { textOf } from "../support/lines.ts";

const nameOf = (id: string | null) => (id === "b000000000" ? "ada" : "lead");

test("a review tells what is to be decided, what was decided, and what was said", () => {
  const review = reviewOf({
    files: [
      reviewFile({ decision: "accepted" }),
      reviewFile({ path: "b.ts", status: "renamed", previousPath: "old.ts", marks: { x: "accepted", y: "rejected" } }),
      reviewFile({ path: "c.png", status: "added", added: null, deleted: null, binary: true, wholeOnly: true }),
      reviewFile({ path: "run.sh", workMode: "100755" }),
    ],
    comments: [
      reviewComment(),
      reviewComment({ id: "comment-2", side: "base", line: 1, body: "Keep it.", messageId: "m", sentAt: 1 }),
    ],
    answers: [{ id: "answer-1", commentId: "comment-2", at: 2, body: "I put it back." }],
    conflicts: ["b.ts"],
    collisions: [{ agentId: "a000000000", otherId: "b000000000", otherBranch: "x", files: ["b.ts"] }],
  });
  expect(textOf(reviewLines(review, nameOf))).toBe(`
✓ lead  completed

  Branch      banyan/lead-a000000000 → main
  Work        bbbbbbbbbb..cccccccccc
  Conflicts   b.ts
  Collides    with ada in 1 file

   FILE                                    DECISION
M  src/a.ts       +2  -1                   accepted                          2 comments
R  old.ts → b.ts  +2  -1                   1 hunk accepted, 1 hunk rejected
A  c.png                  binary
M  run.sh         +2  -1  100644 → 100755

src/a.ts:2  not sent  ment-1
  Why twice?

src/a.ts:1 (before)  sent  ment-2
  Keep it.
  answered:
  I put it back.
`);
});

test("a file's hunks are numbered, and each says what was decided of it", () => {
  const hunks = [diffHunk(), diffHunk({ id: "hunk-2", baseStart: 9, workStart: 9, heading: "function f() {" })];
  const file = reviewFile({ decision: "accepted", marks: { "hunk-2": "rejected" } });
  expect(textOf(fileReviewLines({ path: "src/a.ts", headCommit: HEAD, hunks, omitted: null }, file))).toBe(`
src/a.ts

1  @@ -1,2 +1,2 @@  accepted
 one
-two
+    TWO

2  @@ -9,2 +9,2 @@ function f() {  rejected
 one
-two
+    TWO
`);
  const binary = { path: "c.png", headCommit: HEAD, hunks: [], omitted: "binary" as const };
  expect(textOf(fileReviewLines(binary, undefined))).toContain("not shown: binary; it is decided on as a whole");
});
