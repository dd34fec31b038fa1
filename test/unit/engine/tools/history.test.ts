import { expect, onTestFinished, test } from "vitest";
import { ok, refuse } from "../../../../src/base/errors.ts";
import type { DiffQuery, WorktreeDiff, WorktreeHistory, WorktreeStatus } from "../../../../src/engine/tools/tool.ts";
import { noHistory } from "../../../support/team.ts";
import { contentOf, makeBench } from "./bench.ts";

async function run(tool: string, input: unknown, given: Partial<WorktreeHistory>) {
  const bench = await makeBench({ "src/a.ts": "a\n" }, { history: { ...noHistory, ...given } });
  onTestFinished(() => bench.dispose());
  const outcome = await bench.run(tool, input);
  return { content: contentOf(outcome), isError: outcome.kind === "result" && outcome.isError };
}

const lines = (...texts: readonly string[]) => texts.map((text) => ({ text, length: text.length }));

const changed: WorktreeDiff = {
  from: "abc",
  files: [
    { path: "src/a.ts", status: "modified", previousPath: null, added: 2, deleted: 1 },
    { path: "b  b.png", status: "renamed", previousPath: "b.png", added: null, deleted: null },
  ],
  lines: lines("@@", "+new"),
  more: true,
};

test("diff names the files first, then shows the patch, and says how to go on", async () => {
  const asked: DiffQuery[] = [];
  const diff: WorktreeHistory["diff"] = async (query) => {
    asked.push(query);
    return ok(changed);
  };
  expect((await run("diff", {}, { diff })).content).toBe(
    [
      "2 files changed since abc, +2 -1",
      "M  src/a.ts  +2 -1",
      'R  "b  b.png"  binary  from b.png',
      "",
      "@@",
      "+new",
      "… more of the patch; go on with offset=3",
    ].join("\n"),
  );
  expect((await run("diff", { offset: 3, path: "src/", from: "head" }, { diff })).content).toBe(
    "@@\n+new\n… more of the patch; go on with offset=5",
  );
  expect((await run("diff", { summary: true }, { diff })).content).not.toContain("@@");
  expect(asked).toEqual([
    { from: "base", path: ".", offset: 1, limit: 1000 },
    { from: "head", path: "src", offset: 3, limit: 1000 },
    { from: "base", path: ".", offset: 1, limit: 0 },
  ]);
});

test("diff says where nothing changed, and refuses what lies elsewhere", async () => {
  const diff: WorktreeHistory["diff"] = async () => ok({ ...changed, files: [], lines: [], more: false });
  expect((await run("diff", {}, { diff })).content).toBe("Nothing differs from abc.");
  expect((await run("diff", { path: "src" }, { diff })).content).toBe("Nothing in src differs from abc.");
  expect(await run("diff", { path: "../x" }, { diff })).toMatchObject({ isError: true });
  expect(await run("diff", { path: ".git/config" }, { diff })).toMatchObject({ isError: true });
});

test("diff stays within 64 KB, and cuts a line that has no end", async () => {
  const many = Array.from({ length: 5000 }, () => "+".repeat(100));
  const diff: WorktreeHistory["diff"] = async () =>
    ok({ ...changed, lines: [{ text: "+".repeat(8000), length: 9_000_000 }, ...lines(...many)], more: false });
  const { content } = await run("diff", { limit: 5000 }, { diff });
  expect(content.length).toBeLessThan(66_000);
  expect(content).toContain("[…the line has 9000000 bytes]");
  expect(content).toMatch(/go on with offset=\d+$/);
});

const at = Date.UTC(2026, 0, 31, 12);

test("log tells the commits since the base from those before", async () => {
  const log: WorktreeHistory["log"] = async () =>
    ok({
      base: "b".repeat(40),
      sinceBase: 1,
      commits: [
        { id: "1".repeat(40), author: "ada (Banyan)", at, subject: "Do it\nnow" },
        { id: "b".repeat(40), author: "Una", at, subject: "First" },
      ],
      more: true,
    });
  expect((await run("log", {}, { log })).content).toBe(
    [
      `1 commit since the base ${"b".repeat(40)}:`,
      "111111111111  2026-01-31 12:00  ada (Banyan)  Do it now",
      "Before that:",
      "bbbbbbbbbbbb  2026-01-31 12:00  Una  First",
      "… more commits; go on with offset=2",
    ].join("\n"),
  );
});

const clean: WorktreeStatus = {
  branch: "banyan/ada-1",
  head: "h",
  base: "b",
  target: "main",
  commitsSinceBase: 2,
  uncommitted: [],
  nested: [],
  ignored: [],
};

test("status says where the branch stands and what is uncommitted, page by page", async () => {
  const head = "On banyan/ada-1 at h\n2 commits since the base b\nYour work goes to main\n";
  expect((await run("status", {}, { status: async () => ok(clean) })).content).toBe(`${head}Nothing is uncommitted.`);
  const dirty: WorktreeStatus = {
    ...clean,
    uncommitted: [
      { path: "a.ts", what: "modified" },
      { path: "b\nc", what: "new" },
      { path: "d.ts", what: "deleted" },
    ],
    nested: ["vendor"],
    ignored: Array.from({ length: 12 }, (_, index) => `out${index}/`),
  };
  const status = async () => ok(dirty);
  expect((await run("status", { limit: 2 }, { status })).content).toBe(
    `${head}3 paths uncommitted:\nM  a.ts\nA  "b\\nc"\n… 2 of 3 paths; go on with offset=2`,
  );
  const rest = (await run("status", { offset: 2 }, { status })).content;
  expect(rest).toContain("D  d.ts\nRepositories of their own, whose files are in no commit: vendor\n");
  expect(rest).toMatch(/never committed: out0\/, .*out9\/ and 2 more$/);
  expect(await run("status", { offset: 3 }, { status })).toMatchObject({ isError: true });
});

test("commit answers id and files, that there is nothing, or why not", async () => {
  const messages: string[] = [];
  const commit: WorktreeHistory["commit"] = async (message) => {
    messages.push(message);
    return ok({ id: "abc", files: ["a.ts", "b.ts"] });
  };
  expect((await run("commit", { message: " Do it\n" }, { commit })).content).toBe(
    "Committed 2 files as abc:\na.ts\nb.ts",
  );
  expect(messages).toEqual(["Do it"]);
  expect(await run("commit", { message: "x" }, { commit: async () => ok(null) })).toEqual({
    content: "There is nothing to commit: nothing is uncommitted.",
    isError: false,
  });
  expect(await run("commit", { message: "x" }, { commit: async () => refuse("busy_checkout", "In a merge.") })).toEqual(
    {
      content: "busy_checkout: In a merge.",
      isError: true,
    },
  );
  for (const message of ["", " \n", "a\0b"]) {
    expect(await run("commit", { message }, { commit }), JSON.stringify(message)).toMatchObject({ isError: true });
  }
});
