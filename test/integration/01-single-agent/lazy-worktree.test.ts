import { access } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { calls, hire, report, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe("a worktree", () => {
  test("is not made for agents that only talk, and there is nothing to merge of them", async () => {
    const repository = await createRepository();
    const { engine, run, events, logged } = await startEngine(repository);
    const lead = await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("talker")),
          calls(["wait", { until: "children" }]),
          calls(["merge_child", { child: "talker" }]),
          report("Talked."),
        ],
      },
      { turns: [calls(["send_message", { to: "parent", body: "Here." }]), report("Told.")] },
    ]);
    expect(lead).toMatchObject({ status: "completed", result: { files: [] } });
    expect(await isThere(join(repository.root, ".banyan"))).toBe(false);
    expect(await repository.git("for-each-ref", "refs/heads/banyan")).toBe("");
    expect(events.filter((event) => event.type === "worktree.moved")).toEqual([]);
    expect((await engine.worktrees.list()).map(({ status }) => status)).toEqual(["creating", "creating"]);
    const transcript = expectOk(await engine.agents.transcript(lead.id));
    const merge = transcript.find((entry) => entry.kind === "tool_result" && entry.tool === "merge_child");
    expect(merge).toMatchObject({ isError: true, content: expect.stringContaining("talker changed no file") });
    expect(expectOk(await engine.worktrees.diff(lead.id)).files).toEqual([]);
    expect(expectRefused(await engine.worktrees.merge(lead.id))).toMatchObject({ code: "nothing_to_merge" });
    expect(logged).toEqual([]);
  });

  test("is made for the first call that looks at a file, and for a parent when a child is merged into it", async () => {
    const repository = await createRepository({ files: { "a.txt": "a\n" } });
    const { engine, run, events } = await startEngine(repository);
    const lead = await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("writer"), hire("reader")),
          calls(["wait", { until: "children" }]),
          calls(["merge_child", { child: "writer" }]),
          report("Merged."),
        ],
      },
      { match: { name: "writer" }, turns: [write("b.txt", "b\n"), report("Wrote.")] },
      { match: { name: "reader" }, turns: [calls(["read_file", { path: "a.txt" }]), report("Read.")] },
    ]);
    expect(lead).toMatchObject({ status: "completed", result: { files: ["b.txt"] } });
    const transcript = expectOk(await engine.agents.transcript("reader"));
    expect(transcript.find((entry) => entry.kind === "tool_result")).toMatchObject({
      isError: false,
      content: expect.stringContaining("a.txt, lines 1-1 of 1"),
    });
    const made = events.flatMap((event) => (event.type === "worktree.moved" ? [`${event.agentId} ${event.to}`] : []));
    const id = Object.fromEntries((await engine.agents.tree()).map((row) => [row.name, row.id]));
    expect(made.indexOf(`${id.lead} isolated`)).toBeGreaterThan(made.indexOf(`${id.writer} isolated`));
    expect(made).toContain(`${id.reader} isolated`);
    expectOk(await engine.worktrees.merge(lead.id));
    expect(await repository.read("b.txt")).toBe("b\n");
  });

  test("that can't be made fails the agent, before its tool is announced", async () => {
    const repository = await createRepository();
    await repository.git("branch", "banyan");
    const { engine, run } = await startEngine(repository);
    const agent = await run([{ turns: [write("a.txt", "a\n"), report("Wrote.")] }]);
    expect(agent.status).toBe("failed");
    expect(agent.reason).toContain("rename it");
    const transcript = expectOk(await engine.agents.transcript(agent.id));
    expect(transcript.filter((entry) => entry.kind === "tool_result")).toEqual([]);
  });
});
