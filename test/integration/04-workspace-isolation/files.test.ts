import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFakeClock } from "../../support/clock.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

const never = () => new AbortController().signal;
const query = (pattern: string, more: object = {}) => ({
  pattern,
  path: ".",
  ignoreCase: false,
  limit: 100,
  offset: 0,
  ...more,
});

async function started(files: Readonly<Record<string, string>>) {
  const repository = await createRepository({ files });
  const team = await createTeam(repository);
  const record = await team.start("ada");
  return { repository, team, record, files: team.worktrees.files(record) };
}

const STRANGE = [
  "with space.txt",
  "line\nbreak.txt",
  "tab\there.txt",
  "żółw-日本語.txt",
  'quote"back\\slash.txt',
  "*.txt",
  ":(top)x",
];

describe("listing a worktree", () => {
  test("names tracked and trackable files with sizes, sorted, without deleted and ignored ones", async () => {
    const { team, files } = await started({
      "b.txt": "1234",
      "a/x.txt": "12",
      "gone.txt": "",
      ".gitignore": "*.log\n",
    });
    await team.write("ada", "c.txt", "123");
    await team.write("ada", "debug.log", "x");
    await team.remove("ada", "gone.txt");
    expect(await files.list(".")).toEqual([
      { path: ".gitignore", size: 6 },
      { path: "a/x.txt", size: 2 },
      { path: "b.txt", size: 4 },
      { path: "c.txt", size: 3 },
    ]);
    expect(await files.list("a")).toEqual([{ path: "a/x.txt", size: 2 }]);
    expect(await files.list("a/x.txt")).toEqual([{ path: "a/x.txt", size: 2 }]);
    expect(await files.list("nowhere")).toEqual([]);
  });

  test("links have no size, and what a folder that became a link leads to isn't listed", async () => {
    const { repository, record, files } = await started({ "dir/passwd": "x\n" });
    const outside = join(repository.root, "..", "outside");
    await mkdir(outside);
    await writeFile(join(outside, "passwd"), "secret\n");
    await rm(join(record.path, "dir"), { recursive: true });
    await symlink(outside, join(record.path, "dir"));
    expect(await files.list(".")).toEqual([{ path: "dir", size: null }]);
    const found = expectOk(await files.search(query("secret"), never()));
    expect(found.matches).toEqual([]);
  });

  for (const path of ["..", "../x", "a/../../x", "/etc", "C:\\x"]) {
    test(`refuses ${path}`, async () => {
      const { files } = await started({ "a/x.txt": "x\n" });
      await expect(files.list(path)).rejects.toThrow("outside of the worktree");
      expect(expectRefused(await files.search(query("x", { path }), never())).code).toBe("outside_worktree");
    });
  }

  test("thousands of files in a moment", async () => {
    const { files } = await started(
      Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`d${index % 60}/f${index}.txt`, "x\n"])),
    );
    const begun = performance.now();
    expect(await files.list(".")).toHaveLength(3_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe("strange names", () => {
  test("go through commit, snapshot, merge, diff, list and search whole", async () => {
    const { repository, team, files } = await started({ "README.md": "x\n" });
    for (const name of STRANGE) await team.write("ada", `deep er/${name}`, "needle\n");
    await team.worktrees.snapshot("ada");
    const names = STRANGE.map((name) => `deep er/${name}`).sort();
    expect((await files.list("deep er")).map((entry) => entry.path)).toEqual(names);
    expect(await files.list("deep er/*.txt")).toEqual([{ path: "deep er/*.txt", size: 7 }]);
    const { matches } = expectOk(await files.search(query("needle"), never()));
    expect(matches.map((match) => match.path).sort()).toEqual(names);
    const report = expectOk(await team.worktrees.mergeIntoCheckout("ada", "Merge"));
    expect([...report.files].sort()).toEqual(names);
    for (const name of names) expect(await repository.read(name)).toBe("needle\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
    const diff = expectOk(await team.worktrees.diff("ada"));
    expect(diff.files.map((file) => file.path).sort()).toEqual(names);
    for (const name of names) {
      expect(Buffer.from((await team.worktrees.readFileAt(diff.headCommit, name)) ?? []).toString()).toBe("needle\n");
    }
  });
});

describe("searching a worktree", () => {
  test("finds lines of tracked and new files in order", async () => {
    const { team, files } = await started({ "b.txt": "no\nneedle: 1\n", "a.txt": "Needle\n" });
    await team.write("ada", "c/new.txt", "a needle\nanother needle\n");
    const found = expectOk(await files.search(query("need(le|y)"), never()));
    expect(found).toEqual({
      matches: [
        { path: "b.txt", line: 2, text: "needle: 1" },
        { path: "c/new.txt", line: 1, text: "a needle" },
        { path: "c/new.txt", line: 2, text: "another needle" },
      ],
      more: false,
    });
    expect(expectOk(await files.search(query("needle", { ignoreCase: true }), never())).matches).toHaveLength(4);
    expect(expectOk(await files.search(query("needle", { path: "c" }), never())).matches).toHaveLength(2);
    expect(expectOk(await files.search(query("absent"), never()))).toEqual({ matches: [], more: false });
  });

  test("answers one window and says whether there is more", async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `needle ${index}`).join("\n");
    const { files } = await started({ "a.txt": `${lines}\n` });
    const window = expectOk(await files.search(query("needle", { limit: 3, offset: 10 }), never()));
    expect(window.matches.map((match) => match.text)).toEqual(["needle 10", "needle 11", "needle 12"]);
    expect(window.more).toBe(true);
    const last = expectOk(await files.search(query("needle", { limit: 10, offset: 49_995 }), never()));
    expect(last.matches).toHaveLength(5);
    expect(last.more).toBe(false);
  });

  test("refuses a pattern that is none, with git's reason", async () => {
    const { files } = await started({ "a.txt": "x\n" });
    const refusal = expectRefused(await files.search(query("open("), never()));
    expect(refusal).toMatchObject({ code: "bad_input" });
    expect(refusal.message).toContain("Unmatched ( or \\(");
  });

  test("takes a pattern that begins with a dash as a pattern", async () => {
    const { files } = await started({ "a.txt": "--output=x\n" });
    expect(expectOk(await files.search(query("--output"), never())).matches).toHaveLength(1);
  });

  test("passes over binary files", async () => {
    const { files } = await started({ "a.bin": "needle\0\u0001\n", "a.txt": "needle\n" });
    expect(expectOk(await files.search(query("needle"), never())).matches.map((match) => match.path)).toEqual([
      "a.txt",
    ]);
  });

  test("stops when it is told to", async () => {
    const { files } = await started({ "a.txt": "x\n" });
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    await expect(files.search(query("x"), stop.signal)).rejects.toThrow("enough");
  });

  test("is cut short when it takes too long", async () => {
    const repository = await createRepository({ files: { "a.txt": `${"a".repeat(60_000)}\n`.repeat(40) } });
    const clock = createFakeClock();
    const team = await createTeam(repository, clock);
    const files = team.worktrees.files(await team.start("ada"));
    const search = files.search(query("(a|aa)*(a|aaa)*(a|aaaa)*\\1\\2\\3b"), never());
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(20_000);
    expect(expectRefused(await search).code).toBe("limit_reached");
  });
});
