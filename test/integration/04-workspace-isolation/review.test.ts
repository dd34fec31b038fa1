import { describe, expect, test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam } from "./team.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/** A root that changed three places of one file, added, deleted and renamed others, with one that is no text. */
async function worked() {
  const lines = numbered(60);
  const repository = await createRepository({
    files: { "long.txt": text(lines), "gone.txt": "gone\n", "old.txt": text(numbered(20)), "kept.txt": "kept\n" },
  });
  const team = await createTeam(repository);
  await team.start("root");
  await team.write("root", "long.txt", text(lines.with(4, "FIVE").with(29, "THIRTY").with(54, "FIFTY-FIVE")));
  await team.write("root", "added.txt", "added\n");
  await team.remove("root", "gone.txt");
  await team.remove("root", "old.txt");
  await team.write("root", "new.txt", text(numbered(20)));
  await team.write("root", "image.bin", "\0\x01\x02");
  await team.worktrees.commitWork("root", "Work");
  const { reviews } = team.worktrees;
  const hunks = async () => expectOk(await reviews.file("root", "long.txt")).hunks;
  const mark = (path: string, hunk: string | undefined, decision: "accepted" | "rejected" | null) =>
    reviews.mark("root", { agent: "root", path, hunk, decision });
  const merge = (how = {}) => team.worktrees.mergeIntoCheckout("root", "Merge root", how);
  return { repository, team, reviews, hunks, mark, merge, lines };
}

describe("a review", () => {
  test("shows every file with its counts, renames and what is no text", async () => {
    const { reviews } = await worked();
    const review = expectOk(await reviews.get("root"));
    expect(
      review.files.map(({ path, status, added, deleted, binary, previousPath }) => [
        path,
        status,
        added,
        deleted,
        binary,
        previousPath,
      ]),
    ).toEqual([
      ["added.txt", "added", 1, 0, false, null],
      ["gone.txt", "deleted", 0, 1, false, null],
      ["image.bin", "added", null, null, true, null],
      ["long.txt", "modified", 3, 3, false, null],
      ["new.txt", "renamed", 0, 0, false, "old.txt"],
    ]);
    expect(review).toMatchObject({ conflicts: [], comments: [], undoable: null, resolution: null });
    expect(expectOk(await reviews.file("root", "image.bin"))).toMatchObject({ hunks: [], omitted: "binary" });
    expect(expectRefused(await reviews.file("root", "kept.txt")).code).toBe("not_found");
  });

  test("shows the uncommitted work of an agent that is at work, once it is in a snapshot", async () => {
    const { team, reviews } = await worked();
    await team.write("root", "later.txt", "later\n");
    await team.worktrees.snapshot("root");
    const review = expectOk(await reviews.get("root"));
    expect(review.files.map(({ path }) => path)).toContain("later.txt");
  });

  test("keeps decisions on hunks though others move them, and forgets those whose hunk is gone", async () => {
    const { team, reviews, hunks, mark, lines } = await worked();
    const [, second, third] = await hunks();
    expectOk(await mark("long.txt", second?.id, "accepted"));
    expectOk(await mark("long.txt", third?.id, "rejected"));
    await team.write("root", "long.txt", text(["new first", ...lines.with(29, "THIRTY").with(54, "other")]));
    await team.worktrees.commitWork("root", "More");
    const file = expectOk(await reviews.get("root")).files.find(({ path }) => path === "long.txt");
    expect(file?.marks).toEqual({ [second?.id ?? ""]: "accepted" });
  });

  test("lets a hunk be another than its file, which the others stay", async () => {
    const { reviews, hunks, mark } = await worked();
    const [first, second, third] = (await hunks()).map(({ id }) => id);
    expectOk(await mark("long.txt", undefined, "accepted"));
    expectOk(await mark("long.txt", second, "rejected"));
    const file = expectOk(await reviews.get("root")).files.find(({ path }) => path === "long.txt");
    expect(file).toMatchObject({
      decision: null,
      marks: { [first ?? ""]: "accepted", [second ?? ""]: "rejected", [third ?? ""]: "accepted" },
    });
    expect(expectRefused(await mark("long.txt", "nonsense", "accepted")).code).toBe("not_found");
    expect(expectRefused(await mark("kept.txt", undefined, "accepted")).code).toBe("not_found");
  });
});

describe("merging what was accepted", () => {
  test("merges exactly those hunks and files, and leaves the rest on the branch", async () => {
    const { repository, team, reviews, hunks, mark, merge, lines } = await worked();
    const [first, , third] = (await hunks()).map(({ id }) => id);
    expectOk(await mark("long.txt", first, "accepted"));
    expectOk(await mark("long.txt", third, "accepted"));
    expectOk(await mark("gone.txt", undefined, "accepted"));
    const report = expectOk(await merge({ acceptedOnly: true }));
    expect(report.files).toEqual(["gone.txt", "long.txt"]);
    expect(await repository.read("long.txt")).toBe(text(lines.with(4, "FIVE").with(54, "FIFTY-FIVE")));
    expect(await repository.has("gone.txt")).toBe(false);
    expect(await repository.has("added.txt")).toBe(false);
    expect(await repository.git("status", "--porcelain")).toBe("");
    expect((await team.record("root")).status).toBe("isolated");
    const rest = expectOk(await reviews.get("root"));
    expect(rest.files.map(({ path }) => path)).toEqual(["added.txt", "image.bin", "long.txt", "new.txt"]);
    expect((await hunks()).map(({ lines: shown }) => shown.find(({ kind }) => kind === "added")?.text)).toEqual([
      "THIRTY",
    ]);
  });

  test("can be followed by the rest", async () => {
    const { repository, team, hunks, mark, merge, lines } = await worked();
    const [first] = (await hunks()).map(({ id }) => id);
    expectOk(await mark("long.txt", first, "accepted"));
    expectOk(await merge({ acceptedOnly: true }));
    expectOk(await merge());
    expect(await repository.read("long.txt")).toBe(
      text(lines.with(4, "FIVE").with(29, "THIRTY").with(54, "FIFTY-FIVE")),
    );
    expect(await repository.read("added.txt")).toBe("added\n");
    expect((await team.record("root")).status).toBe("merged");
  });

  test("is refused where nothing was accepted", async () => {
    const { repository, mark, merge } = await worked();
    expectOk(await mark("added.txt", undefined, "rejected"));
    const before = await repository.fingerprint();
    expect(expectRefused(await merge({ acceptedOnly: true })).code).toBe("nothing_to_merge");
    expect(await repository.fingerprint()).toBe(before);
  });

  test("is the whole work where all was accepted", async () => {
    const { repository, team, reviews, merge } = await worked();
    expectOk(await reviews.mark("root", { agent: "root", decision: "accepted" }));
    expectOk(await merge({ acceptedOnly: true }));
    expect((await team.record("root")).status).toBe("merged");
    expect(await repository.git("log", "--format=%P", "-1")).toContain(" ");
  });

  test("as a squash makes one commit of the user's, without the agent's history", async () => {
    const { repository, team, merge } = await worked();
    const before = await repository.git("rev-parse", "main");
    expectOk(await merge({ manner: "squash" }));
    expect(await repository.git("log", "-1", "--format=%P")).toBe(before);
    expect((await team.record("root")).status).toBe("merged");
    const again = expectOk(await merge({ manner: "squash" }));
    expect(again.mergeCommit).toBe(await repository.git("rev-parse", "main"));
  });

  test("what comes after a squash is merged alone", async () => {
    const { repository, team, merge } = await worked();
    expectOk(await merge({ manner: "squash" }));
    await repository.commit("The user's", { "added.txt": "the user's\n" });
    expectOk(await team.worktrees.ensure("root"));
    await team.write("root", "kept.txt", "more\n");
    const report = expectOk(await merge({ manner: "squash" }));
    expect(report.files).toEqual(["kept.txt"]);
    expect(await repository.read("added.txt")).toBe("the user's\n");
  });

  test("a squash that the user set back is merged again in full", async () => {
    const { repository, merge } = await worked();
    const before = await repository.git("rev-parse", "main");
    expectOk(await merge({ manner: "squash" }));
    await repository.git("reset", "--quiet", "--hard", before);
    const report = expectOk(await merge({ manner: "squash" }));
    expect(report.files).toContain("added.txt");
    expect(await repository.read("added.txt")).toBe("added\n");
  });

  test("goes into another branch of the user's, which is checked out nowhere", async () => {
    const { repository, merge } = await worked();
    await repository.git("branch", "release");
    const main = await repository.git("rev-parse", "main");
    expectOk(await merge({ into: "release" }));
    expect(await repository.git("show", "release:added.txt")).toBe("added");
    expect(await repository.git("rev-parse", "main")).toBe(main);
    expect(await repository.git("status", "--porcelain")).toBe("");
  });
});

describe("a comment", () => {
  test("stands on a line of a hunk, with the lines around it", async () => {
    const { reviews } = await worked();
    const comment = expectOk(
      await reviews.comment("root", {
        id: "c1",
        agent: "root",
        path: "long.txt",
        side: "work",
        line: 30,
        body: "Why capitals?",
      }),
    );
    expect(comment.hunk).not.toBeNull();
    expect(comment.excerpt).toContain("-line 30\n+THIRTY");
    expect(expectOk(await reviews.changesToRequest("root")).comments).toHaveLength(1);
  });

  test("is changed until it is sent, and deleted", async () => {
    const { reviews } = await worked();
    const write = (body: string) =>
      reviews.comment("root", { id: "c1", agent: "root", path: "long.txt", side: "base", line: 30, body });
    expectOk(await write("one"));
    expectOk(await write("two"));
    expect(expectOk(await reviews.get("root")).comments).toMatchObject([{ id: "c1", body: "two", sentAt: null }]);
    expectOk(await reviews.settleComment("c1", true));
    expect(expectOk(await reviews.get("root")).comments).toEqual([]);
  });

  test("on a line that isn't there is refused", async () => {
    const { reviews } = await worked();
    const refusal = expectRefused(
      await reviews.comment("root", { id: "c", agent: "root", path: "added.txt", side: "work", line: 9, body: "x" }),
    );
    expect(refusal).toMatchObject({ code: "bad_input" });
  });
});
