import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyHunks, parseHunks } from "../../../../src/engine/worktrees/hunks.ts";

const folder = mkdtempSync(join(tmpdir(), "banyan-hunks-"));

/** Git's patch from one content to another. */
function patchOf(base: Buffer, work: Buffer): Buffer {
  writeFileSync(join(folder, "base"), base);
  writeFileSync(join(folder, "work"), work);
  try {
    return execFileSync("git", ["diff", "--no-index", "--text", "--no-color", "base", "work"], { cwd: folder });
  } catch (error) {
    if (error instanceof Error && "stdout" in error && Buffer.isBuffer(error.stdout)) return error.stdout;
    throw error;
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const text = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(""));

describe("hunks", () => {
  it("are read with the line numbers of both versions", () => {
    const lines = numbered(30);
    const work = lines.with(1, "two").toSpliced(20, 1, "a", "b");
    const [first, second, ...rest] = parseHunks(patchOf(text(lines), text(work)));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ baseStart: 1, baseCount: 5, workStart: 1, workCount: 5 });
    expect(first?.lines.map(({ kind, text: shown, baseLine, workLine }) => [kind, shown, baseLine, workLine])).toEqual([
      ["context", "line 1", 1, 1],
      ["deleted", "line 2", 2, null],
      ["added", "two", null, 2],
      ["context", "line 3", 3, 3],
      ["context", "line 4", 4, 4],
      ["context", "line 5", 5, 5],
    ]);
    expect(second).toMatchObject({ baseStart: 18, workStart: 18, baseCount: 7, workCount: 8 });
  });

  it("keep their names when others move them, and differ where they are alike", () => {
    const lines = numbered(60);
    const both = lines.with(10, "same").with(40, "same");
    const [alone] = parseHunks(patchOf(text(lines), text(lines.with(40, "same"))));
    const moved = parseHunks(patchOf(text(lines), text(lines.with(40, "same").toSpliced(0, 0, "new"))));
    expect(moved.map(({ id }) => id)).toContain(alone?.id);
    const ids = parseHunks(patchOf(text(lines), text(both))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it("tell a line without a line break from one with it", () => {
    const [hunk] = parseHunks(patchOf(Buffer.from("a\nb"), Buffer.from("a\nb\n")));
    expect(hunk?.lines).toMatchObject([
      { kind: "context", text: "a", noNewline: false },
      { kind: "deleted", text: "b", noNewline: true },
      { kind: "added", text: "b", noNewline: false },
    ]);
  });

  it("take a line that looks like a hunk's head for what it is", () => {
    const [hunk, ...rest] = parseHunks(patchOf(text(["a"]), text(["a", "@@ -1,1 +1,1 @@"])));
    expect(rest).toEqual([]);
    expect(hunk?.lines.at(-1)).toMatchObject({ kind: "added", text: "@@ -1,1 +1,1 @@" });
  });

  it("make the work when all are chosen, the base when none is, and nothing else in between, byte for byte", () => {
    const piece = fc.constantFrom(
      "a\n",
      "b\n",
      "c\r\n",
      "\n",
      "ä\n",
      "\xff\n",
      "@@ -1 +1 @@\n",
      "\\ x\n",
      "-\n",
      "+\n",
    );
    const content = fc
      .tuple(fc.array(piece, { maxLength: 40 }), fc.constantFrom("", "end", "\xfe"))
      .map(([lines, end]) => Buffer.from(lines.join("") + end, "latin1"));
    fc.assert(
      fc.property(content, content, fc.array(fc.boolean(), { minLength: 50, maxLength: 50 }), (base, work, choices) => {
        const hunks = parseHunks(patchOf(base, work));
        expect(applyHunks(base, work, hunks, () => true)).toEqual(work);
        expect(applyHunks(base, work, hunks, () => false)).toEqual(base);
        const chosen = new Set(hunks.filter((_, index) => choices[index]).map(({ id }) => id));
        const some = applyHunks(base, work, hunks, ({ id }) => chosen.has(id));
        const rest = parseHunks(patchOf(base, some)).flatMap(({ lines }) =>
          lines.filter(({ kind }) => kind !== "context"),
        );
        const wanted = hunks
          .filter(({ id }) => chosen.has(id))
          .reduce((sum, { workCount, baseCount }) => sum + workCount - baseCount, 0);
        const gained = rest.reduce((sum, { kind }) => sum + (kind === "added" ? 1 : -1), 0);
        expect(gained).toBe(wanted);
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
