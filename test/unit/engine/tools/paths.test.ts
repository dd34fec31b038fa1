import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolvePath } from "../../../../src/engine/tools/paths.ts";
import { type Bench, makeBench } from "./bench.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench({ "src/main.ts": "1\n", "README.md": "hi\n" });
});
afterEach(() => bench.dispose());

const codeOf = async (path: string, access: "read" | "write" = "write") => {
  const resolved = await resolvePath(bench.root, path, access);
  return resolved.ok ? "ok" : resolved.refusal.code;
};

describe("resolvePath", () => {
  it.each([
    ["src/main.ts", "src/main.ts"],
    ["./src//main.ts", "src/main.ts"],
    ["src/", "src"],
    [".", "."],
    ["src/../README.md", "README.md"],
    ["new/folder/file.ts", "new/folder/file.ts"],
    ["..foo", "..foo"],
    [".gitignore", ".gitignore"],
    [".github/workflows/ci.yml", ".github/workflows/ci.yml"],
  ])("takes %j as %j", async (path, relative) => {
    const resolved = await resolvePath(bench.root, path, "write");
    expect(resolved).toEqual({ ok: true, value: { relative, absolute: join(bench.root, relative) } });
  });

  it.each(["/etc/passwd", "..", "../x", "src/../../x", "a\0b", "\\\\server\\x"])(
    "refuses %j as outside",
    async (path) => {
      expect(await codeOf(path)).toBe("outside_worktree");
      expect(await codeOf(path, "read")).toBe("outside_worktree");
    },
  );

  it.each([
    ".git",
    ".git/config",
    "sub/.GIT/hooks/x",
    ".git.",
    ".git . .",
    "git~1/config",
    "GIT~1",
    ".git::$INDEX_ALLOCATION/x",
    ".g\u200cit/config",
    "sub\\.git\\config",
  ])("refuses %j for reading and writing", async (path) => {
    expect(await codeOf(path)).toBe("protected_path");
    expect(await codeOf(path, "read")).toBe("protected_path");
  });

  it.each([".gitattributes", "a/.gitmodules", ".banyan/x", "a/b/.Banyan/c", "GITATT~1"])(
    "refuses %j for writing and lets it be read",
    async (path) => {
      expect(await codeOf(path)).toBe("protected_path");
      expect(await codeOf(path, "read")).toBe("ok");
    },
  );

  it("refuses links that lead out, at the end and on the way", async () => {
    await mkdir(join(bench.root, "../outside"));
    await writeFile(join(bench.root, "../outside/secret"), "s");
    await symlink("../outside", join(bench.root, "folder"));
    await symlink("../outside/secret", join(bench.root, "file"));
    for (const path of ["folder", "folder/secret", "folder/new", "file"]) {
      expect(await codeOf(path, "read")).toBe("outside_worktree");
      expect(await codeOf(path)).toBe("outside_worktree");
    }
  });

  it("refuses a neighbour whose name begins like the root", async () => {
    await mkdir(`${bench.root}-evil`);
    await symlink(`${bench.root}-evil`, join(bench.root, "near"));
    expect(await codeOf("near/x")).toBe("outside_worktree");
  });

  it("refuses links to nowhere and in a circle", async () => {
    await symlink("gone", join(bench.root, "dangling"));
    await symlink("circle", join(bench.root, "circle"));
    expect(await codeOf("dangling")).toBe("outside_worktree");
    expect(await codeOf("dangling/x")).toBe("outside_worktree");
    expect(await codeOf("circle")).toBe("outside_worktree");
  });

  it("follows a link inside to what it means, and protects that too", async () => {
    await symlink("src", join(bench.root, "alias"));
    await mkdir(join(bench.root, ".banyan"));
    await symlink(".banyan", join(bench.root, "hidden"));
    const resolved = await resolvePath(bench.root, "alias/main.ts", "write");
    expect(resolved).toMatchObject({ ok: true, value: { absolute: join(bench.root, "src/main.ts") } });
    expect(await codeOf("hidden/x")).toBe("protected_path");
  });
});
