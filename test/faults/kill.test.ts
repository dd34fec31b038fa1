import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { agentTreeRowSchema } from "../../src/protocol/records.ts";
import { runCli, startCli } from "../support/cli.ts";
import { report, startEngine, twoWriters } from "../support/engine.ts";
import { createRepository } from "../support/repository.ts";
import { expectOk } from "../support/store.ts";

const script = { agents: twoWriters({ one: 2500, two: 2500 }) };

describe("kill -9", () => {
  test("a team goes on from where it stood, and what was finished does not run again", async () => {
    const repository = await createRepository();
    const file = join(repository.root, "..", "team.json");
    await writeFile(file, JSON.stringify(script));
    const run = startCli(["spawn", "Work", "--model", `script/${file}`, "--budget", "100", "--tokens", "100000000"], {
      cwd: repository.root,
    });
    await run.says(/two +wrote/);
    await run.says(/one +wrote/);
    run.child.kill("SIGKILL");
    await run.ended;

    const tree = z
      .array(agentTreeRowSchema)
      .parse(JSON.parse((await runCli(["tree", "--json"], { cwd: repository.root })).stdout));
    expect(tree.map((row) => row.name)).toEqual(["lead", "one", "two"]);
    const root = tree[0]?.id ?? "";
    const { engine, ended } = await startEngine(repository);
    expect(await ended(root)).toMatchObject({ status: "completed", result: { files: ["one.txt", "two.txt"] } });
    for (const name of ["one", "two"]) {
      const turns = expectOk(await engine.agents.turns(name));
      const finished = turns.filter((turn) => turn.status === "completed");
      expect(finished.map((turn) => turn.number)).toEqual([1, 2]);
    }
    const budgets = expectOk(await engine.budgets.list());
    for (const unit of ["usd", "tokens"]) {
      const own = budgets.filter((budget) => budget.unit === unit).reduce((sum, budget) => sum + budget.ownUsed, 0);
      expect(budgets.find((budget) => budget.agentId === root && budget.unit === unit)).toMatchObject({
        used: own,
        reserved: 0,
        state: "closed",
      });
    }
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  test("a terminal that waits as a client takes over from one that is killed, and its team goes on", async () => {
    const repository = await createRepository();
    const file = join(repository.root, "..", "team.json");
    await writeFile(file, JSON.stringify({ agents: [{ turns: [{ delayMs: 1500, text: "x", ...report("Done.") }] }] }));
    const spawn = (name: string) =>
      startCli(["spawn", "Work", "--name", name, "--model", `script/${file}`], { cwd: repository.root });
    const leader = spawn("first");
    await leader.says(/first +running/);
    const client = spawn("second");
    await client.says(/second +running/);
    leader.child.kill("SIGKILL");
    await leader.ended;
    expect(await client.ended).toMatchObject({ code: 0 });
    const again = await runCli(["resume"], { cwd: repository.root });
    expect(again.code).toBe(0);
    const tree = z
      .array(agentTreeRowSchema)
      .parse(JSON.parse((await runCli(["tree", "--json"], { cwd: repository.root })).stdout));
    expect(tree.map(({ name, status }) => [name, status])).toEqual([
      ["first", "completed"],
      ["second", "completed"],
    ]);
  });

  test("a command of the terminal is carried out by the process that leads", async () => {
    const repository = await createRepository();
    const file = join(repository.root, "..", "hang.json");
    await writeFile(file, JSON.stringify({ agents: [{ turns: [{ text: "x", faults: [{ kind: "hang" }] }] }] }));
    const leader = startCli(["spawn", "Hang", "--model", `script/${file}`], { cwd: repository.root });
    await leader.says(/lead +running/);
    const stopped = await runCli(["stop", "lead"], { cwd: repository.root });
    expect(stopped).toMatchObject({ code: 0, stderr: "" });
    expect((await leader.ended).stderr).toContain("was stopped");
  });
});
