import { describe, expect, test } from "vitest";
import { calls, hire, report, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

describe("asking an agent for changes", () => {
  test("sends comments and rejected parts as one message; the agent answers, changes its work, and it is merged", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const { engine, run, ended } = await startEngine(repository);
    const lead = await run([
      {
        turns: [
          calls(["write_file", { path: "a.txt", content: "two\n" }], ["write_file", { path: "b.txt", content: "b\n" }]),
          report("Done."),
          calls(
            ["answer_comment", { comment: "000001", body: "Three it is." }],
            ["write_file", { path: "a.txt", content: "three\n" }],
          ),
          report("Changed."),
        ],
      },
    ]);
    expectOk(
      await engine.reviews.comment({ id: "c-000001", agent: "lead", path: "a.txt", line: 1, body: "Make it three." }),
    );
    expectOk(await engine.reviews.mark({ agent: "lead", path: "b.txt", decision: "rejected" }));
    const sent = expectOk(await engine.reviews.requestChanges({ id: "r1", agent: "lead", note: "Nearly." }));
    expect(sent.body).toContain("Nearly.");
    expect(sent.body).toContain("Comment 000001 on a.txt:1\n```diff\n-one\n+two\n```\nMake it three.");
    expect(sent.body).toContain("- b.txt: all of it");
    expect(expectOk(await engine.reviews.requestChanges({ id: "r1", agent: "lead", note: "Nearly." })).id).toBe(
      sent.id,
    );
    const again = await ended(lead.id);
    expect(again).toMatchObject({ status: "completed", result: { summary: "Changed." } });
    const review = expectOk(await engine.reviews.get("lead"));
    expect(review.comments).toMatchObject([{ id: "c-000001", messageId: sent.id }]);
    expect(review.answers).toMatchObject([{ commentId: "c-000001", body: "Three it is." }]);
    expectOk(await engine.worktrees.merge("lead"));
    expect(await repository.read("a.txt")).toBe("three\n");
  });

  test("with nothing to say is refused", async () => {
    const { engine, run } = await startEngine(await createRepository());
    await run([{ turns: [write("a.txt", "a\n"), report("Done.")] }]);
    expect(expectRefused(await engine.reviews.requestChanges({ agent: "lead" })).code).toBe("bad_input");
  });

  test("an agent that names a comment which it wasn't sent is told those that it was", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run([
      { turns: [calls(["answer_comment", { comment: "nonsense", body: "Yes." }]), report("Done.")] },
    ]);
    const transcript = JSON.stringify(expectOk(await engine.agents.transcript(lead.id)));
    expect(transcript).toContain("You were sent no comment nonsense. There are: none.");
  });
});

describe("letting an agent resolve conflicts", () => {
  test("is never disturbed by a review that is read meanwhile", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n", "b.txt": "one\n" } });
    const { engine, run, ended } = await startEngine(repository);
    const lead = await run([
      { turns: [write("a.txt", "agent's\n"), report("Done."), write("a.txt", "both\n"), report("Resolved.")] },
    ]);
    await repository.commit("The user's", { "a.txt": "user's\n", "b.txt": "user's\n" });
    let isOver = false;
    const reading = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!isOver) expectOk(await engine.reviews.get("lead"));
      }),
    );
    expectOk(await engine.worktrees.resolve("lead", "agent"));
    await ended(lead.id);
    isOver = true;
    await reading;
    expectOk(await engine.worktrees.merge("lead"));
    expect([await repository.read("a.txt"), await repository.read("b.txt")]).toEqual(["both\n", "user's\n"]);
  });

  test("opens it again in its own worktree, and its work merges then", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const { engine, run, ended } = await startEngine(repository);
    const lead = await run([
      {
        turns: [write("a.txt", "two\n"), report("Done."), write("a.txt", "both\n"), report("Resolved.")],
      },
    ]);
    await repository.commit("The user's", { "a.txt": "the user's\n" });
    expect(expectRefused(await engine.worktrees.merge("lead")).code).toBe("conflict");
    expect(expectOk(await engine.worktrees.resolve("lead", "agent")).files).toEqual(["a.txt"]);
    expect((await ended(lead.id)).result?.summary).toBe("Resolved.");
    expectOk(await engine.worktrees.merge("lead"));
    expect(await repository.read("a.txt")).toBe("both\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("that leaves conflict markers ends it as failed, with its work where it is", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const { engine, run, ended } = await startEngine(repository);
    const lead = await run([{ turns: [write("a.txt", "two\n"), report("Done."), report("Looks fine to me.")] }]);
    await repository.commit("The user's", { "a.txt": "the user's\n" });
    expectOk(await engine.worktrees.resolve("lead", "agent"));
    const again = await ended(lead.id);
    expect(again.status).toBe("failed");
    expect(again.reason).toContain("conflict markers still stand in a.txt");
    expect(expectOk(await engine.reviews.get("lead")).resolution).toMatchObject({ files: ["a.txt"] });
    expect(expectRefused(await engine.worktrees.merge("lead")).code).toBe("conflict");
    expectOk(await engine.worktrees.abandonResolution("lead"));
    expect(expectOk(await engine.reviews.get("lead")).conflicts).toEqual(["a.txt"]);
  });

  test("is what a lead can do with an agent that it hired", async () => {
    const repository = await createRepository({ files: { "a.txt": "one\n" } });
    const { engine, run } = await startEngine(repository);
    await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("ada")),
          write("a.txt", "lead\n"),
          calls(["wait", { until: "children" }]),
          calls(["merge_child", { child: "ada", onConflict: "let_child_resolve" }]),
          calls(["wait", { until: "children" }]),
          calls(["merge_child", { child: "ada" }]),
          report("Merged."),
        ],
      },
      {
        match: { name: "ada" },
        turns: [write("a.txt", "ada\n"), report("Done."), write("a.txt", "lead and ada\n"), report("Resolved.")],
      },
    ]);
    expectOk(await engine.worktrees.merge("lead"));
    expect(await repository.read("a.txt")).toBe("lead and ada\n");
  });
});

test("collisions are told of when they come and when they go", async () => {
  const repository = await createRepository({ files: { "a.txt": "one\n" } });
  const { engine, run, events } = await startEngine(repository);
  await run([{ turns: [write("a.txt", "ada\n"), report("Done.")] }], { name: "ada" });
  const bob = await run([{ turns: [write("a.txt", "bob\n"), report("Done.")] }], { name: "bob" });
  const told = () => events.flatMap((event) => (event.type === "collisions.changed" ? [event.collisions] : []));
  await expect.poll(told, { timeout: 15_000 }).toEqual([1]);
  const review = expectOk(await engine.reviews.get("bob"));
  expect(review.collisions).toMatchObject([{ agentId: bob.id, files: ["a.txt"] }]);
  expectOk(await engine.worktrees.merge("ada"));
  expect(await engine.worktrees.collisions()).toMatchObject([{ agentId: bob.id, otherId: null, otherBranch: "main" }]);
});
