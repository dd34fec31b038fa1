import { describe, expect, test } from "vitest";
import type { ModelProvider } from "../../../src/engine/models/port.ts";
import { noUsage, type ToolCallBlock } from "../../../src/protocol/transcript.ts";
import { attempts, rowOf, untilCalling, untilIs } from "../../support/agents.ts";
import { examineBooks } from "../../support/books.ts";
import { createFakeClock } from "../../support/clock.ts";
import { calls, hire, report, startEngine, write } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

const waitForMessage = calls(["wait", { until: "message" }]);
const waitForAll = calls(["wait", { until: "children" }]);

describe("the limit of time at work", () => {
  const MINUTE = 60_000;

  test("ends an agent that passed it, and tells its parent, whose pause does not count", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), {
      clock,
      limits: { maxWorkMs: MINUTE },
    });
    const { id } = await spawn([
      { match: { depth: 0 }, turns: [calls(hire("slow")), waitForAll, report("It was too slow.")] },
      { match: { depth: 1 }, turns: [write("a.txt", "a\n"), { delayMs: 10 * MINUTE, ...report("Never.") }] },
    ]);
    await untilCalling(engine, "slow", 2);
    await untilIs(engine, id, { waitingFor: "child" });
    expectOk(await engine.agents.pause(id, "rests", "agent"));
    clock.advance(MINUTE);
    const reason = "It passed its limit of 1 min at work.";
    expect(await ended("slow")).toMatchObject({ status: "failed", reason, result: { files: ["a.txt"] } });
    const [told] = expectOk(await engine.messages.list(id)).filter(({ kind }) => kind === "report");
    expect(told).toMatchObject({ recipientId: id, body: `Failed: ${reason}`, payload: { status: "failed", reason } });
    expectOk(await engine.agents.resume(id));
    expect((await ended(id)).status).toBe("completed");
  });

  test("is counted in whole steps forward: a clock that was set back keeps nobody from going on", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const { id } = await spawn([{ turns: [report("Done.")] }], { budgetTokens: 10 });
    await untilIs(engine, id, { waitingFor: "budget" });
    clock.advance(-5_000);
    expectOk(await engine.budgets.raise({ agent: id, tokens: 1_000_000 }));
    expect((await ended(id)).status).toBe("completed");
  });

  test("does not run while an agent waits for budget", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), {
      clock,
      limits: { maxWorkMs: MINUTE },
    });
    const { id } = await spawn([{ turns: [report("Done.")] }], { budgetTokens: 10 });
    const slow = await spawn([{ turns: [{ delayMs: 10 * MINUTE, ...report("Never.") }] }], { name: "slow" });
    await untilIs(engine, id, { waitingFor: "budget" });
    await untilCalling(engine, slow.id, 1);
    clock.advance(MINUTE);
    expect((await ended(slow.id)).reason).toMatch(/limit of 1 min/);
    expect(expectOk(await engine.agents.find(id)).waitingFor).toBe("budget");
    expectOk(await engine.budgets.raise({ agent: id, tokens: 1_000_000 }));
    expect((await ended(id)).status).toBe("completed");
  });
});

describe("going round in circles", () => {
  test("ends an agent at the fifth same call, with what it did", async () => {
    const look = calls(["list_files", { path: "." }]);
    const { engine, run } = await startEngine(await createRepository());
    const ended = await run([{ turns: [look, look, look, look, look, report("Never.")] }]);
    expect(ended).toMatchObject({
      status: "failed",
      reason: 'It made the same call 5 times in a row: list_files {"path":"."}',
    });
    expect(await attempts(engine, ended.id)).toHaveLength(5);
  });

  test("ends one that does the same three things a fourth time", async () => {
    const round = [calls(["list_files"]), calls(["read_file", { path: "README.md" }], ["search", { pattern: "x" }])];
    const { run } = await startEngine(await createRepository());
    const { reason } = await run([{ turns: [...round, ...round, ...round, ...round, report("Never.")] }]);
    expect(reason).toMatch(/^It went round in circles, 4 times: list_files {}, read_file .*, search /);
  });

  test("is not what one does that waits for message after message", async () => {
    const { engine, spawn, ended } = await startEngine(await createRepository());
    const { id } = await spawn([
      { match: { depth: 0 }, turns: [calls(hire("listener")), waitForAll, report("Done.")] },
      { turns: [...Array.from({ length: 6 }, () => waitForMessage), report("Heard all.")] },
    ]);
    for (let index = 1; index <= 6; index++) {
      await until(`it waits the ${index}th time`, async () => {
        const found = await engine.agents.find("listener");
        return (
          found.ok && found.value.waitingFor === "message" && (await attempts(engine, "listener")).length === index
        );
      });
      expectOk(await engine.messages.send({ to: "listener", body: `News ${index}` }));
    }
    expect((await ended(id)).status).toBe("completed");
    expect((await rowOf(engine, "listener")).result?.summary).toBe("Heard all.");
  });
});

describe("a model that hears no signal", () => {
  const call = (id: string, tool: string, input: unknown): ToolCallBlock => ({ type: "tool_call", id, tool, input });
  const below = Array.from({ length: 9 }, (_, index) => `w${index}`);

  /** Its lead hires nine, each of which writes a file; then it is called and never answers, whatever is aborted. */
  const deaf: ModelProvider = {
    name: "deaf",
    offers: ["ear"],
    open: async () => ({
      ok: true,
      value: {
        id: "deaf/ear",
        maxOutputTokens: 100,
        countInput: async () => 100,
        call: ({ agent, transcript }) => {
          if (transcript.some(({ kind }) => kind === "reply")) return new Promise(() => {});
          const content =
            agent.depth === 0
              ? below.map((name) => call(name, "spawn_agent", { name, role: "coder", task: "Write" }))
              : [call("write", "write_file", { path: `${agent.name}.txt`, content: "kept\n" })];
          const reply = { kind: "reply", content, stopReason: "tool_use", usage: noUsage } as const;
          return Promise.resolve({ kind: "reply", reply });
        },
      },
    }),
  };

  test("holds nobody up: ten such agents are stopped at once, with their work and their money", async () => {
    const { engine, logged } = await startEngine(await createRepository(), {
      providers: [deaf],
      limits: { slots: 10 },
    });
    const { id } = expectOk(
      await engine.agents.spawn({ task: "t", model: "deaf/ear", budgetUsd: 1_000_000, budgetTokens: 10_000_000 }),
    );
    for (const name of ["lead", ...below]) await untilCalling(engine, name, 2);
    const before = performance.now();
    expectOk(await engine.agents.stop(id, "it hears nothing"));
    expect(performance.now() - before).toBeLessThan(5_000);
    const rows = await engine.agents.tree();
    expect(rows.map(({ status }) => status)).toEqual(rows.map(() => "terminated"));
    for (const row of rows.slice(1)) expect(row.result?.files).toEqual([`${row.name}.txt`]);
    for (const row of rows) expect(await attempts(engine, row.id)).toEqual(["1.1 completed", "2.1 unconfirmed"]);
    expect(expectOk(await engine.budgets.list()).every(({ state }) => state === "closed")).toBe(true);
    expect(await examineBooks(engine)).toEqual([]);
    expect(logged).toEqual([]);
  });
});
