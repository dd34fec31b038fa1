import { describe, expect, test, vi } from "vitest";
import { createFakeClock } from "../../support/clock.ts";
import { calls, report, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

describe("one agent", () => {
  test("runs from its task to its report, and its work is merged when the user says so", async () => {
    const repository = await createRepository();
    const before = await repository.fingerprint();
    const { engine, run, logged } = await startEngine(repository);
    const agent = await run([{ turns: [write("hello.txt", "hello\n"), report("Wrote hello.txt.")] }]);
    expect(agent).toMatchObject({
      status: "completed",
      result: { status: "completed", summary: "Wrote hello.txt.", files: ["hello.txt"] },
    });
    expect(await repository.fingerprint()).toBe(before);
    const merged = expectOk(await engine.worktrees.merge(agent.id));
    expect(merged.files).toEqual(["hello.txt"]);
    expect(await repository.read("hello.txt")).toBe("hello\n");
    expect(await repository.git("rev-parse", "HEAD")).toBe(merged.mergeCommit);
    expect(await repository.git("status", "--porcelain")).toBe("");
    // Until then what was in its worktree is being kept.
    await engine.stop();
    expect((await repository.git("worktree", "list")).split("\n")).toHaveLength(1);
    expect(logged).toEqual([]);
  });

  test("a transcript tells what was said, in order", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const agent = await run([{ turns: [calls(["read_file", { path: "README.md" }]), report("Read it.")] }]);
    const transcript = expectOk(await engine.agents.transcript(agent.id));
    expect(transcript.map((entry) => entry.kind)).toEqual(["messages", "reply", "tool_result", "reply", "tool_result"]);
    expect(transcript[2]).toMatchObject({ tool: "read_file", isError: false });
    expect(transcript[4]).toMatchObject({ tool: "report", content: "Reported." });
  });

  test("what its calls cost is what left its budget", async () => {
    const { engine, run, balances } = await startEngine(await createRepository());
    const usage = { inputTokens: 1000, outputTokens: 500 };
    const agent = await run([
      {
        turns: [
          { ...write("a", "a"), usage },
          { ...report("Done."), usage },
        ],
      },
    ]);
    const turns = expectOk(await engine.agents.turns(agent.id));
    const cost = turns.reduce((sum, turn) => sum + (turn.costUsd ?? 0), 0);
    expect(cost).toBe(2 * (100 + 200));
    expect((await balances()).get("lead usd")).toMatchObject({
      state: "closed",
      used: cost,
      ownUsed: cost,
      reserved: 0,
    });
    expect((await balances()).get("lead tokens")).toMatchObject({ used: 3000, ownUsed: 3000 });
    const ledger = expectOk(await engine.budgets.ledger(agent.id)).filter((entry) => entry.unit === "usd");
    expect(ledger.map((entry) => entry.change)).toEqual(["allocate", "hold", "settle", "hold", "settle", "close"]);
    expect(ledger.reduce((sum, entry) => sum + entry.used, 0)).toBe(cost);
  });

  test("a call whose worst case does not fit is refused before it is made, and waited for", async () => {
    const { engine, spawn, events, waiting } = await startEngine(await createRepository());
    const big = { inputTokens: 1, outputTokens: 900_000 };
    const { id } = await spawn([{ turns: [write("a.txt", "a"), { ...report("Done."), usage: big }] }], {
      budgetTokens: 500_000,
    });
    expect((await waiting(id, "budget")).reason).toMatch(/may take \d+ tokens, left of it: \d+ tokens/);
    expect(events.filter((event) => event.type === "turn.replied")).toHaveLength(0);
    expect(expectOk(await engine.agents.turns(id))).toEqual([]);
  });

  test("a provider's fault is tried again after a pause, charged once", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const faults = [
      { kind: "error", status: 529 },
      { kind: "error", status: 429, retryAfterMs: 9000 },
    ];
    const usage = { inputTokens: 10, outputTokens: 10 };
    const { id } = await spawn([{ turns: [{ ...report("Done."), faults, usage }] }]);
    const failures = async () =>
      expectOk(await engine.agents.turns(id)).filter((turn) => turn.status === "failed").length;
    for (const [count, pause] of [
      [1, 1000],
      [2, 9000],
    ] as const) {
      await vi.waitFor(async () => expect([await failures(), clock.sleeping]).toEqual([count, 2]), { timeout: 10_000 });
      clock.advance(pause);
    }
    expect((await ended(id)).status).toBe("completed");
    const turns = expectOk(await engine.agents.turns(id));
    expect(turns.map((turn) => [turn.number, turn.attempt, turn.status])).toEqual([
      [1, 1, "failed"],
      [1, 2, "failed"],
      [1, 3, "completed"],
    ]);
    const budgets = expectOk(await engine.budgets.list(id));
    expect(budgets.find((budget) => budget.unit === "tokens")).toMatchObject({ used: 20 });
  });

  test("a stream that broke off keeps its hold as unconfirmed", async () => {
    const { engine, run } = await startEngine(await createRepository(), { limits: { maxAttempts: 1 } });
    const usage = { inputTokens: 100, outputTokens: 50 };
    const agent = await run([{ turns: [{ ...report("Done."), faults: [{ kind: "cut" }], usage }] }]);
    expect(agent.status).toBe("failed");
    const [turn] = expectOk(await engine.agents.turns(agent.id));
    expect(turn?.status).toBe("unconfirmed");
    const budgets = expectOk(await engine.budgets.list(agent.id));
    expect(budgets.find((budget) => budget.unit === "tokens")?.used).toBeGreaterThanOrEqual(150);
  });

  test("one that is stopped while its model hangs ends, and its work is kept", async () => {
    const repository = await createRepository();
    const { engine, spawn, events } = await startEngine(repository);
    const { id } = await spawn([{ turns: [write("kept.txt", "kept\n"), { faults: [{ kind: "hang" }], text: "x" }] }]);
    await vi.waitFor(() => expect(events.some((event) => event.type === "turn.completed")).toBe(true), {
      timeout: 20_000,
    });
    const stopped = expectOk(await engine.agents.stop(id, "not needed"));
    expect(stopped).toMatchObject({ status: "terminated", reason: "not needed", result: { files: ["kept.txt"] } });
    expect(expectOk(await engine.worktrees.patch(id))).toContain("+kept");
    expect(expectRefused(await engine.agents.stop(id, "again")).code).toBe("illegal_move");
  });

  test("a model that only talks has ended with its last word", async () => {
    const { run } = await startEngine(await createRepository());
    expect(await run([{ turns: [{ text: "All is well." }] }])).toMatchObject({
      status: "completed",
      result: { summary: "All is well." },
    });
  });

  test("a refusal and a reply that was cut off are failures with their reason", async () => {
    const { run } = await startEngine(await createRepository());
    expect((await run([{ turns: [{ text: "No.", stopReason: "refusal" }] }])).reason).toMatch(/refused/);
    expect((await run([{ turns: [{ text: "Half", stopReason: "max_tokens" }] }])).reason).toMatch(/output limit/);
  });

  test("no tool of a reply that was cut off runs", async () => {
    const repository = await createRepository();
    const { engine, run } = await startEngine(repository);
    const cut = { ...write("half.txt", "hal"), stopReason: "max_tokens" };
    const agent = await run([{ turns: [cut, report("Nothing was done.")] }]);
    expect(agent).toMatchObject({ status: "completed", result: { files: [] } });
    expect(expectOk(await engine.agents.transcript(agent.id))[2]).toMatchObject({ isError: true });
  });

  test("unknown tools and malformed input are told to the model, and do no harm", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const agent = await run([{ turns: [calls(["fly"], ["write_file", { path: 7 }]), report("Tried.")] }]);
    const results = expectOk(await engine.agents.transcript(agent.id)).filter((entry) => entry.kind === "tool_result");
    expect(results.map((entry) => entry.isError)).toEqual([true, true, false]);
    expect(results[0]).toMatchObject({ content: expect.stringContaining("There is no tool") });
    expect(results[1]).toMatchObject({ content: expect.stringContaining("path") });
    expect(agent.status).toBe("completed");
  });

  test("passes its limit of turns once, and is stopped", async () => {
    const { run } = await startEngine(await createRepository(), { limits: { maxTurns: 2 } });
    const look = calls(["list_files"]);
    expect((await run([{ turns: [look, look, look, report("Never.")] }])).reason).toMatch(/limit of 2 turns/);
  });

  test("bad input is refused, and nothing is stored", async () => {
    const { engine } = await startEngine(await createRepository());
    const good = { task: "t", model: "offline/survey", budgetUsd: 1, budgetTokens: 1 };
    expect(expectRefused(await engine.agents.spawn({ ...good, model: "nobody/knows" })).code).toBe("unknown_model");
    expect(expectRefused(await engine.agents.spawn({ ...good, model: "script/missing.yaml" })).message).toContain(
      "missing.yaml",
    );
    expect(expectRefused(await engine.agents.spawn({ ...good, task: "  " })).code).toBe("bad_input");
    expect(expectRefused(await engine.agents.spawn({ ...good, budgetUsd: -1 })).code).toBe("bad_input");
    expect(expectRefused(await engine.agents.find("nobody")).code).toBe("not_found");
    expect(await engine.agents.tree()).toEqual([]);
  });
});
