import { chmod, mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Bench, contentOf, makeBench } from "./bench.ts";

let bench: Bench | undefined;
afterEach(() => bench?.dispose());
const on = async (tree: Parameters<typeof makeBench>[0]) => {
  bench = await makeBench(tree);
  return bench;
};

describe("read_file", () => {
  it("names the file and its lines, then gives the text as it is", async () => {
    const { run } = await on({ "a.txt": "one\r\n\ttwo\nthree" });
    expect(contentOf(await run("read_file", { path: "a.txt" }))).toBe("a.txt, lines 1-3 of 3\none\r\n\ttwo\nthree");
  });

  it("reads a part and says how to go on", async () => {
    const { run } = await on({ "a.txt": "1\n2\n3\n4\n" });
    const outcome = await run("read_file", { path: "a.txt", offset: 2, limit: 2 });
    expect(contentOf(outcome)).toBe("a.txt, lines 2-3 of 4; go on with offset=4\n2\n3");
  });

  it("cuts long lines with a mark, and never a character in two", async () => {
    const { run } = await on({ "a.txt": `${"x".repeat(1999)}😀${"y".repeat(10)}` });
    const content = contentOf(await run("read_file", { path: "a.txt" }));
    expect(content).toContain(`${"x".repeat(1999)} […12 characters cut]`);
  });

  it("answers at most 64 KB", async () => {
    const { run } = await on({ "a.txt": `${"x".repeat(1000)}\n`.repeat(200) });
    const content = contentOf(await run("read_file", { path: "a.txt" }));
    expect(content).toMatch(/^a\.txt, lines 1-65 of 200; go on with offset=66\n/);
    expect(content.length).toBeLessThan(66_000);
  });

  it.each([
    [{ path: "empty" }, false, "empty, empty"],
    [{ path: "bin" }, true, "bin is a binary file of 3 bytes"],
    [{ path: "dir" }, true, "dir is a folder: use list_files."],
    [{ path: "gone" }, true, "There is no file gone"],
    [{ path: "dir/a/b" }, true, "There is no file dir/a/b"],
    [{ path: "dir/a", offset: 5 }, true, "dir/a has 1 line: offset 5 is behind its end."],
  ])("answers %j with isError %s", async (input, isError, words) => {
    const { run } = await on({ empty: "", bin: new Uint8Array([1, 0, 2]), "dir/a": "x\n" });
    const outcome = await run("read_file", input);
    expect(outcome).toMatchObject({ kind: "result", isError });
    expect(contentOf(outcome)).toContain(words);
  });
});

describe("list_files", () => {
  const tree = {
    "README.md": "12345",
    "src/a.ts": "1",
    "src/deep/b.ts": "22",
    "src.txt": "",
    'we"ird\n/x': "1",
    "a  b": "1",
  };

  it("lists a folder's entries, folders with what is below them", async () => {
    const { run } = await on(tree);
    expect(contentOf(await run("list_files", {})).split("\n")).toEqual([
      "F  README.md  5 bytes",
      'F  "a  b"  1 byte',
      "F  src.txt  0 bytes",
      "D  src/  2 files  3 bytes",
      'D  "we\\"ird\\n/"  1 file  1 byte',
    ]);
  });

  it("lists every file below a folder", async () => {
    const { run } = await on(tree);
    const listed = contentOf(await run("list_files", { path: "src/", recursive: true }));
    expect(listed).toBe("F  src/a.ts  1 byte\nF  src/deep/b.ts  2 bytes");
  });

  it("pages, and says how to go on", async () => {
    const { run } = await on(tree);
    const first = contentOf(await run("list_files", { limit: 2 })).split("\n");
    expect(first.at(-1)).toBe("… 2 of 5 entries; go on with offset=2");
    const rest = contentOf(await run("list_files", { offset: 2 })).split("\n");
    expect(rest).toHaveLength(3);
    expect(await run("list_files", { offset: 9 })).toMatchObject({ isError: true });
  });

  it("says what an empty folder, a file and a missing folder are", async () => {
    const { run, root } = await on({ a: "1" });
    await mkdir(join(root, "empty"));
    expect(await run("list_files", { path: "empty" })).toMatchObject({
      isError: false,
      content: "empty holds no files that git tracks or would track.",
    });
    expect(await run("list_files", { path: "a" })).toMatchObject({
      isError: true,
      content: "a is a file: use read_file.",
    });
    expect(await run("list_files", { path: "b" })).toMatchObject({ isError: true });
  });
});

describe("search", () => {
  it("gives path, line and text of every match", async () => {
    const { run } = await on({ "a.ts": "x\nconst foo = 1;\r\n", "b/c.ts": "FOO\n" });
    expect(contentOf(await run("search", { pattern: "fo+" }))).toBe("a.ts:2: const foo = 1;");
    expect(contentOf(await run("search", { pattern: "foo", ignoreCase: true, path: "b" }))).toBe("b/c.ts:1: FOO");
    expect(contentOf(await run("search", { pattern: "nothing" }))).toBe("No matches.");
  });

  it("pages, and refuses a pattern that is none", async () => {
    const { run } = await on({ "a.ts": "x\nx\nx\n" });
    const page = contentOf(await run("search", { pattern: "x", limit: 2 }));
    expect(page).toBe("a.ts:1: x\na.ts:2: x\n… more matches; go on with offset=2");
    expect(contentOf(await run("search", { pattern: "x", offset: 2 }))).toBe("a.ts:3: x");
    expect(await run("search", { pattern: "(" })).toMatchObject({ isError: true });
  });
});

describe("write_file", () => {
  it("makes folders, replaces whole files and keeps their mode", async () => {
    const { run, root } = await on({ "run.sh": "old" });
    await chmod(join(root, "run.sh"), 0o750);
    expect(contentOf(await run("write_file", { path: "run.sh", content: "new" }))).toBe("Replaced run.sh, 3 bytes.");
    expect(contentOf(await run("write_file", { path: "a/b/c.txt", content: "ä" }))).toBe(
      "Wrote the new file a/b/c.txt, 2 bytes.",
    );
    expect((await stat(join(root, "run.sh"))).mode & 0o777).toBe(0o750);
    expect(await readFile(join(root, "a/b/c.txt"), "utf8")).toBe("ä");
    expect(await readdir(join(root, "a/b"))).toEqual(["c.txt"]);
  });

  it("writes through a link inside the worktree and leaves the link", async () => {
    const { run, root } = await on({ "real.txt": "old" });
    await symlink("real.txt", join(root, "link.txt"));
    await run("write_file", { path: "link.txt", content: "new" });
    expect(await readFile(join(root, "real.txt"), "utf8")).toBe("new");
  });

  it.each([
    [{ path: ".git/config", content: "" }, "protected_path"],
    [{ path: "../x", content: "" }, "outside_worktree"],
    [{ path: "dir", content: "" }, "dir is a folder, not a file"],
    [{ path: "dir/a/b", content: "" }, "a part of its path is a file"],
    [{ path: "big", content: "x".repeat(1024 * 1024 + 1) }, "at most 1048576 are written"],
    [{ path: "n".repeat(300), content: "" }, "too long"],
  ])("refuses case %#", async (input, words) => {
    const { run } = await on({ "dir/a": "1" });
    const outcome = await run("write_file", input);
    expect(outcome).toMatchObject({ isError: true });
    expect(contentOf(outcome)).toContain(words);
  });
});

describe("edit_file", () => {
  it("replaces the one match, dollars and all", async () => {
    const { run, root } = await on({ "a.txt": "one two" });
    await run("edit_file", { path: "a.txt", old: "two", new: "$& $1" });
    expect(await readFile(join(root, "a.txt"), "utf8")).toBe("one $& $1");
  });

  it.each([
    [{ old: "gone", new: "x" }, "0 matches"],
    [{ old: "x", new: "y" }, "3 times"],
    [{ old: "x", new: "x" }, "the same"],
    [{ old: "a\nb", new: "y" }, "\\r\\n"],
    [{ old: "x  x", new: "y" }, "other spaces"],
  ])("says what is wrong with %j", async (edit, words) => {
    const { run } = await on({ "a.txt": "x x x\na\r\nb" });
    const outcome = await run("edit_file", { path: "a.txt", ...edit });
    expect(outcome).toMatchObject({ isError: true });
    expect(contentOf(outcome)).toContain(words);
  });

  it("replaces all when asked to, and keeps a byte order mark", async () => {
    const { run, root } = await on({ "a.txt": "\uFEFFx x" });
    expect(contentOf(await run("edit_file", { path: "a.txt", old: "x", new: "y", all: true }))).toContain("2 matches");
    expect(await readFile(join(root, "a.txt"), "utf8")).toBe("\uFEFFy y");
  });

  it("leaves a file that is not UTF-8 alone", async () => {
    const { run } = await on({ "a.txt": new Uint8Array([0x78, 0xe9]) });
    expect(contentOf(await run("edit_file", { path: "a.txt", old: "x", new: "y" }))).toContain("not UTF-8");
  });
});
