import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { calls, hire, report, type Script, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

const resultsOf = async (engine: Awaited<ReturnType<typeof startEngine>>["engine"], agent: string) =>
  expectOk(await engine.agents.transcript(agent)).flatMap((entry) =>
    entry.kind === "tool_result" ? [`${entry.isError ? "!" : ""}${entry.content}`] : [],
  );

describe("roles", () => {
  test("a role's file says which tools and what budget its agents get, and nobody below them has more", async () => {
    const repository = await createRepository();
    await mkdir(join(repository.root, ".banyan", "roles"), { recursive: true });
    await writeFile(
      join(repository.root, ".banyan", "roles", "reader.md"),
      "---\nname: reader\ndescription: Reads.\ntools: [read_file, list_files, spawn_agent]\nbudgetUsd: 0.25\n---\nOnly read.\n",
    );
    const team: Script = [
      {
        match: { depth: 0 },
        turns: [calls(hire("one", { role: "reader" })), calls(["wait", { until: "children" }]), report("All.")],
      },
      {
        match: { name: "one" },
        turns: [
          write("a.txt", "a"),
          calls(hire("two", { role: "coder" })),
          calls(["wait", { until: "children" }]),
          report("Read."),
        ],
      },
      { match: { name: "two" }, turns: [write("b.txt", "b"), report("Tried.")] },
    ];
    const { engine, run, balances } = await startEngine(repository);
    expect(await run(team)).toMatchObject({ status: "completed" });
    const tree = await engine.agents.tree();
    const rights = new Map(tree.map(({ name, tools }) => [name, tools]));
    expect(rights.get("lead")).toBeNull();
    expect(rights.get("one")?.toSorted()).toEqual([
      "ask",
      "list_files",
      "read_file",
      "report",
      "send_message",
      "spawn_agent",
      "wait",
    ]);
    expect(rights.get("two")).toEqual(rights.get("one"));
    expect((await balances()).get("one usd")?.allocated).toBe(250_000);
    for (const name of ["one", "two"]) {
      expect((await resultsOf(engine, name))[0]).toMatch(/^!There is no tool "write_file"\. There are: /);
    }
  });

  test("a reviewer that ships can't write", async () => {
    const repository = await createRepository();
    const { engine, run } = await startEngine(repository);
    const root = await run([{ turns: [write("a.txt", "a"), report("Looked.")] }], { role: "reviewer" });
    expect(root).toMatchObject({ status: "completed", mode: "plan", result: { files: [] } });
    expect((await resultsOf(engine, root.id))[0]).toContain('no tool "write_file"');
  });
});
