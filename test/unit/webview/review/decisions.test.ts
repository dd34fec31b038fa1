import { describe, expect, test } from "vitest";
import {
  isEmptyRequest,
  marked,
  planText,
  requestOf,
  requestText,
  selectionOf,
  stateOf,
} from "../../../../src/webview/review/decisions.ts";
import { reviewFile } from "./builders.ts";

const hunks = [{ id: "h1" }, { id: "h2" }, { id: "h3" }];

describe("the state of a file", () => {
  test("is what was decided of the whole where no hunk differs", () => {
    expect(stateOf(reviewFile(), hunks)).toBeNull();
    expect(stateOf(reviewFile({ decision: "rejected" }), null)).toBe("rejected");
  });

  test("is partly decided where hunks differ, or where they are not known", () => {
    expect(stateOf(reviewFile({ marks: { h1: "accepted" } }), hunks)).toBe("partly");
    expect(stateOf(reviewFile({ marks: { h1: "accepted" } }), null)).toBe("partly");
  });

  test("is that of its hunks where they all have the same", () => {
    const marks = { h1: "accepted", h2: "accepted", h3: "accepted" } as const;
    expect(stateOf(reviewFile({ marks }), hunks)).toBe("accepted");
  });
});

describe("a mark", () => {
  test("on a file takes those on its hunks away", () => {
    const file = reviewFile({ marks: { h1: "rejected" } });
    expect(marked(file, { path: file.path, decision: "accepted" }, hunks)).toMatchObject({
      decision: "accepted",
      marks: {},
    });
  });

  test("on a hunk of a decided file leaves the other hunks decided", () => {
    const file = reviewFile({ decision: "accepted" });
    expect(marked(file, { path: file.path, hunk: "h2", decision: null }, hunks)).toMatchObject({
      decision: null,
      marks: { h1: "accepted", h3: "accepted" },
    });
  });

  test("without a path is on every file, with one on that alone", () => {
    const file = reviewFile();
    expect(marked(file, { decision: "accepted" }, null).decision).toBe("accepted");
    expect(marked(file, { path: "other", decision: "accepted" }, null)).toBe(file);
  });
});

describe("what a merge would do", () => {
  const files = [
    reviewFile({ path: "a", decision: "accepted" }),
    reviewFile({ path: "b", marks: { h1: "accepted", h2: "rejected" } }),
    reviewFile({ path: "c", decision: "rejected" }),
    reviewFile({ path: "d" }),
  ];
  const known = (path: string) => (path === "b" ? hunks : null);

  test("is told by files where all of it is merged", () => {
    const selection = selectionOf(files, known);
    expect(planText({ manner: "merge", acceptedOnly: false, target: "main" }, selection)).toBe(
      "All of it, 4 files, goes into main as a merge commit.",
    );
  });

  test("counts what is left out where only what was accepted is", () => {
    const selection = selectionOf(files, known);
    expect(selection).toEqual({ files: 4, whole: 1, parts: 1, hunks: { taken: 1, all: 3 } });
    expect(planText({ manner: "squash", acceptedOnly: true, target: "main" }, selection)).toBe(
      "2 of 4 files go into main as one commit without its history; 2 files and 2 of 3 hunks in 1 file are left out.",
    );
  });

  test("says so where hunks are not known, and where nothing is accepted", () => {
    const selection = selectionOf(files, () => null);
    expect(selection).toMatchObject({ parts: 1, hunks: null });
    const nothing = selectionOf([reviewFile({ marks: { h1: "rejected" } })], () => hunks);
    expect(planText({ manner: "merge", acceptedOnly: true, target: "main" }, nothing)).toMatch(/^Nothing is accepted/);
  });
});

describe("a request for changes", () => {
  test("counts comments, rejected files and rejected hunks", () => {
    const files = [reviewFile({ decision: "rejected" }), reviewFile({ marks: { h1: "rejected", h2: "accepted" } })];
    const request = requestOf(files, 2);
    expect(request).toEqual({ comments: 2, rejectedFiles: 1, rejectedHunks: 1 });
    expect(requestText(request, "Please", "lead")).toBe(
      "lead gets your note, 2 comments, 1 rejected file and 1 rejected hunk as one message, and goes on.",
    );
  });

  test("is empty without a note, a comment and a rejection", () => {
    const request = requestOf([reviewFile({ decision: "accepted" })], 0);
    expect(isEmptyRequest(request, "  ")).toBe(true);
    expect(isEmptyRequest(request, "Go on")).toBe(false);
    expect(requestText(request, "", "lead")).toMatch(/^Nothing to send yet/);
  });
});
