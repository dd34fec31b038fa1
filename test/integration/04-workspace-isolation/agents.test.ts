import { expect, test } from "vitest";
import type { WorktreesSettings } from "../../../src/engine/worktrees/room.ts";
import { calls, report, startEngine, write } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

async function started(given: Partial<WorktreesSettings> = {}) {
  const repository = await createRepository({ files: { "a.txt": "a\n", ".gitignore": ".env\n" } });
  const under = await startEngine(repository, { worktrees: given });
  return { repository, ...under };
}

test("an agent looks at its work and keeps steps apart, without git", async () => {
  const { repository, engine, run } = await started();
  const lead = await run([
    {
      turns: [
        write("b.txt", "b\n"),
        calls(["diff", {}], ["log", {}], ["status", {}]),
        calls(["commit", { message: "Add b" }], ["commit", { message: "Again" }]),
        write("c.txt", "c\n"),
        calls(["diff", { from: "head", summary: true }], ["log", { limit: 1 }], ["diff", { from: "main" }]),
        report("Done."),
      ],
    },
  ]);
  expect(lead.status).toBe("completed");
  const transcript = expectOk(await engine.agents.transcript(lead.id));
  const said = transcript.flatMap((entry) => (entry.kind === "tool_result" ? [entry.content] : []));
  const [, diff = "", log = "", status = "", commit = "", again = "", , summary = "", last = "", refused = ""] = said;
  expect(diff).toContain("A  b.txt  +1 -0\n\ndiff --git a/b.txt b/b.txt\n");
  expect(log).toMatch(/^0 commits since the base .*\nBefore that:\n.* First$/);
  expect(status).toContain("1 path uncommitted:\nA  b.txt");
  expect(commit).toMatch(/^Committed 1 file as [0-9a-f]{40}:\nb\.txt$/);
  expect(again).toBe("There is nothing to commit: nothing is uncommitted.");
  expect(summary).toMatch(/^1 file changed since [0-9a-f]{40}, \+1 -0\nA {2}c\.txt {2}\+1 -0$/);
  expect(last).toMatch(/^1 commit since the base .*:\n.* {2}Add b\n… more commits; go on with offset=1$/);
  expect(refused).toBe('not_found: "main" is no commit of your branch: log shows those there are');
  const branch = `banyan/${lead.name}-${lead.id}`;
  expect(await repository.git("log", "--format=%s", `main..${branch}`)).toContain("Add b");
});

test("an agent whose set-up fails fails with one line, and goes on where it was when it is opened again", async () => {
  const { repository, engine, spawn, ended, events } = await started({
    setUpCommand: 'echo "no registry" >&2; test -e "$BANYAN_CHECKOUT/.env"',
    include: [".env"],
  });
  const lead = await spawn([{ turns: [write("b.txt", "b\n"), report("Done.")] }]);
  const failed = await ended(lead.id);
  expect(failed.status).toBe("failed");
  expect(failed.reason).toMatch(/the set-up command exited with 1: no registry \(all that it wrote is in [^\n]*$/);
  const told = events.flatMap((event) => (event.type === "worktree.moved" ? [event.reason] : []));
  expect(told).toEqual(["setting up its worktree"]);
  await repository.write(".env", "KEY=1\n");
  expectOk(await engine.agents.reopen({ agent: lead.id }));
  expect(await ended(lead.id)).toMatchObject({ status: "completed", result: { files: ["b.txt"] } });
});

test("an agent that is stopped while it is set up is stopped at once", async () => {
  const { repository, engine, spawn, ended } = await started({
    setUpCommand: 'touch "$BANYAN_CHECKOUT/began"; sleep 600',
  });
  const lead = await spawn([{ turns: [write("b.txt", "b\n"), report("Done.")] }]);
  await until("the command runs", () => repository.has("began"));
  expectOk(await engine.agents.stop(lead.id, "enough"));
  expect((await ended(lead.id)).status).toBe("terminated");
});
