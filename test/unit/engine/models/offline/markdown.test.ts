import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  code,
  escapeMarkdown,
  escapeMermaid,
  link,
  mermaidTree,
  prose,
  size,
  table,
} from "../../../../../src/engine/models/offline/markdown.ts";
import { type Index, indexPage } from "../../../../../src/engine/models/offline/pages.ts";
import { parseTask, surveyorsOf, surveyTask } from "../../../../../src/engine/models/offline/task.ts";
import { parseListing } from "../../../../../src/engine/models/offline/tool-text.ts";
import { quotePath } from "../../../../../src/engine/tools/text.ts";

/** Names that hurt: any characters, with more of those that mean something. */
const hostile = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.string({ unit: "binary", minLength: 1 }),
  fc.string({ unit: fc.constantFrom(..."|`\"'\\<>&#;:[](){}*_~!$%@-+=.1 \n\r\tAß日\u202e"), minLength: 1 }),
);
const folderName = hostile.filter((name) => !/[/\0]/.test(name) && name !== "." && name !== "..");

/** Cells of a table row, as GitHub cuts them: at pipes that no backslash escapes. */
const cellsOf = (row: string) => row.match(/(?:\\.|[^\\|])*\|/g)?.length ?? 0;

describe("escapeMarkdown", () => {
  it("keeps any text on one line, in one cell, and free of HTML", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const escaped of [escapeMarkdown(text), code(text), prose(text, 50)]) {
          expect(escaped).not.toMatch(/[\n\r\u2028\u2029]/);
          expect(escaped).not.toMatch(/[<>]/);
          expect(cellsOf(`| ${escaped} | x |`)).toBe(3);
          expect((escaped.replace(/\\[\s\S]/g, "").match(/`/g) ?? []).length % 2).toBe(0);
        }
      }),
    );
  });

  it.each([
    ["a|b", "a\\|b"],
    ["<b>&", "&lt;b&gt;&amp;"],
    ["a\nb", "a\\\\u{a}b"],
    ["- x", "&#45; x"],
    ["1. x", "1&#46; x"],
    ["http://x", "http&#58;//x"],
  ])("writes %j as %j", (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

describe("mermaidTree", () => {
  it("is valid for any folder name", () => {
    const line = /^ {2}root( --> n\d+)?\["(?:[\p{L}\p{N} ./(),-]|#\d+;)*"\]$/u;
    fc.assert(
      fc.property(fc.array(folderName), (names) => {
        const lines = mermaidTree(
          "repository",
          names.map((name) => ({ name: `${name}/`, files: 1, bytes: 2 })),
        ).split("\n");
        expect(lines.slice(0, 2)).toEqual(["```mermaid", "flowchart LR"]);
        expect(lines.at(-1)).toBe("```");
        expect(lines).toHaveLength(names.length + 4);
        for (const node of lines.slice(2, -1)) expect(node).toMatch(line);
      }),
    );
  });

  it("starts no list in a label", () => {
    expect(escapeMermaid("1. x")).toBe("1#46; x");
    expect(escapeMermaid("- x")).toBe("#45; x");
  });
});

describe("the index", () => {
  it("has a whole row for every folder, whatever it is called", () => {
    fc.assert(
      fc.property(fc.uniqueArray(folderName, { minLength: 1, maxLength: 12 }), (names) => {
        const surveyors = surveyorsOf(names);
        const index: Index = {
          surveyed: surveyors.map(({ folder, page, name }) => ({
            ...{ folder, page, agent: name, files: 1, bytes: 1, definitions: null, partial: false },
            languages: [[folder, 1]],
          })),
          folders: names.map((name) => ({ name, files: 1, bytes: 1 })),
          rootFiles: names.map((path) => ({ kind: "file", path, size: null })),
          descriptions: names.map((name) => [name, name]),
          unsurveyed: names.map((folder) => ({ folder, why: folder })),
          gaps: names,
        };
        const rows = indexPage(index, { allFiles: 600, groups: 9, topFiles: 9 })
          .split("\n")
          .filter((line) => line.startsWith("|"));
        expect(rows).toHaveLength(2 * names.length + 4);
        expect(rows.map(cellsOf)).toEqual(rows.map((_, at) => (at < names.length + 2 ? 8 : 4)));
      }),
    );
  });
});

describe("names made of folders", () => {
  it("are slugs and pages that no two share", () => {
    fc.assert(
      fc.property(fc.uniqueArray(folderName, { maxLength: 12 }), (names) => {
        const surveyors = surveyorsOf(names);
        for (const { name, page } of surveyors) {
          expect(name).toMatch(/^survey-[a-z0-9]+(-[a-z0-9]+)*$/);
          expect(name.length).toBeLessThanOrEqual(40);
          expect(page).toMatch(/^docs\/survey\/[\p{L}\p{N}_][\p{L}\p{N}._-]*\.md$/u);
        }
        const pages = surveyors.map(({ page }) => page.toLowerCase());
        expect(new Set([...pages, "docs/survey/readme.md"]).size).toBe(names.length + 1);
        expect(new Set(surveyors.map(({ name }) => name)).size).toBe(names.length);
      }),
    );
  });

  it("come back from a task as they were", () => {
    fc.assert(
      fc.property(folderName, (folder) => {
        const assignment = { folder, page: `docs/survey/${folder}.md` };
        expect(parseTask(surveyTask(assignment))).toEqual(assignment);
      }),
    );
    expect(surveyTask({ folder: "src", page: "docs/survey/src.md" })).toBe(
      "Survey the folder `src/` and write `docs/survey/src.md`.",
    );
    expect(parseTask("Fix the bug.")).toBeUndefined();
  });

  it("come back from a listing as they were", () => {
    fc.assert(
      fc.property(folderName, (name) => {
        const listing = `D  ${quotePath(`${name}/`)}  2 files  3 bytes\nF  ${quotePath(name)}  unknown size\n… 2 of 9 entries; go on with offset=2`;
        expect(parseListing(listing)).toEqual({
          items: [
            { kind: "folder", path: name, files: 2, bytes: 3 },
            { kind: "file", path: name, size: null },
          ],
          next: 2,
          total: 9,
        });
      }),
    );
  });
});

describe("the small parts", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [5_000_000_000_000_000, "5000.0 TB"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it("draws tables and links", () => {
    expect(table(["A", "B"], [["1", "2"]])).toBe("| A | B |\n| --- | --- |\n| 1 | 2 |");
    expect(link("日 本", "日 (1).md")).toBe("[日 本](%E6%97%A5%20%281%29.md)");
  });
});
