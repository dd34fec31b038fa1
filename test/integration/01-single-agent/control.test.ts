import { describe, expect, test } from "vitest";
import type { Result } from "../../../src/base/errors.ts";
import type { EngineEvent } from "../../../src/protocol/events.ts";
import type { AgentRecord } from "../../../src/protocol/records.ts";
import { type AgentStatus, agentStatuses } from "../../../src/protocol/words.ts";
import { answersOf, attempts, rowOf, untilCalling, untilIs } from "../../support/agents.ts";
import { examineBooks } from "../../support/books.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { calls, type EngineUnderTest, report, startEngine, write } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

/** Too little for one call: such an agent waits for budget, and holds no slot. */
const tooPoor = { budgetTokens: 10 };

/** Each way an agent moved: `from > to`, and why. */
const movesOf = (events: readonly EngineEvent[], agentId: string): readonly string[] =>
  events.flatMap((event) =>
    event.type === "agent.moved" && event.agentId === agentId
      ? [`${event.from} > ${event.to}${event.reason === null ? "" : `: ${event.reason}`}`]
      : [],
  );

/** Lets the time of a clock pass once somebody sleeps who did not before. */
async function afterOneMoreSleeps(clock: FakeClock, before: number, ms: number): Promise<void> {
  await until("one more sleeps", () => clock.sleeping > before);
  clock.advance(ms);
}

test("an agent is pending, runs, waits, and completes, and each of its moves is told", async () => {
  const { engine, spawn, ended, events } = await startEngine(await createRepository());
  const spawned = await spawn([{ turns: [report("Done.")] }], tooPoor);
  expect(spawned).toMatchObject({ status: "pending", startedAt: null, endedAt: null, parentId: null, depth: 0 });
  await untilIs(engine, spawned.id, { waitingFor: "budget" });
  expect(expectOk(await engine.agents.find("lead"))).toMatchObject({ status: "waiting", result: null });
  expectOk(await engine.budgets.raise({ agent: spawned.id, tokens: 1_000_000 }));
  expect(await ended(spawned.id)).toMatchObject({ status: "completed", result: { summary: "Done." } });
  expect(movesOf(events, spawned.id)).toEqual([
    "pending > running",
    expect.stringMatching(/^running > waiting: The budget is too small/),
    "waiting > running",
    "running > completed",
  ]);
});

describe("the life cycle by the commands", () => {
  const commands = ["pause", "resume", "stop", "reopen"] as const;
  type CommandName = (typeof commands)[number];

  const giveTo = ({ engine }: EngineUnderTest, command: CommandName, agent: string): Promise<Result<AgentRecord>> => {
    switch (command) {
      case "pause":
        return engine.agents.pause(agent, "wanted so");
      case "resume":
        return engine.agents.resume(agent);
      case "stop":
        return engine.agents.stop(agent, "wanted so");
      case "reopen":
        return engine.agents.reopen({ agent, task: "More" });
    }
  };

  /** An agent in each status; the only slot is held by the one that runs, in a call of ten seconds. */
  async function cast() {
    const clock = createFakeClock();
    const team = await startEngine(await createRepository(), { clock, limits: { slots: 1 } });
    const { engine, spawn, run } = team;
    const ids = new Map<AgentStatus, string>();
    ids.set("completed", (await run([{ turns: [report("Done.")] }])).id);
    ids.set("failed", (await run([{ turns: [report("I can't.", "failed")] }])).id);
    for (const status of ["terminated", "paused", "waiting"] as const) {
      const { id } = await spawn([{ turns: [report("Done.")] }], tooPoor);
      await untilIs(engine, id, { waitingFor: "budget" });
      ids.set(status, id);
    }
    const idOf = (status: AgentStatus): string => ids.get(status) ?? "";
    expectOk(await engine.agents.stop(idOf("terminated"), "not needed"));
    expectOk(await engine.agents.pause(idOf("paused"), "later"));
    const slow = { delayMs: 10_000, ...report("Done.") };
    ids.set("running", (await spawn([{ turns: [slow] }])).id);
    await untilCalling(engine, idOf("running"), 1);
    ids.set("pending", (await spawn([{ turns: [report("Done.")] }])).id);
    for (const status of agentStatuses) {
      expect(expectOk(await engine.agents.find(idOf(status))).status).toBe(status);
    }
    return { ...team, team, clock, idOf };
  }

  const legal: Readonly<Record<CommandName, readonly AgentStatus[]>> = {
    pause: ["pending", "running", "waiting"],
    resume: ["paused"],
    stop: ["pending", "running", "waiting", "paused"],
    reopen: ["completed", "failed", "terminated"],
  };

  test("what can't be is refused in a line, and changes nothing", async () => {
    const { engine, team, events, idOf } = await cast();
    const before = { tree: await engine.agents.tree(), events: events.length };
    for (const command of commands) {
      for (const status of agentStatuses.filter((each) => !legal[command].includes(each))) {
        const { code, message } = expectRefused(await giveTo(team, command, idOf(status)));
        expect({ command, status, code }).toEqual({ command, status, code: "illegal_move" });
        expect(message).toMatch(/^lead .*\.$/);
        expect(message).not.toContain("\n");
      }
    }
    expect({ tree: await engine.agents.tree(), events: events.length }).toEqual(before);
  });

  test("pause and resume move what is open, with their reasons", async () => {
    const { engine, team, clock, events, idOf } = await cast();
    for (const status of ["pending", "waiting"] as const) {
      expect(expectOk(await giveTo(team, "pause", idOf(status)))).toMatchObject({
        status: "paused",
        reason: "wanted so",
        waitingFor: null,
      });
    }
    const sleeping = clock.sleeping;
    const pausing = giveTo(team, "pause", idOf("running"));
    await afterOneMoreSleeps(clock, sleeping, 30_000);
    expect(expectOk(await pausing).status).toBe("paused");
    for (const status of ["pending", "running", "waiting", "paused"] as const) {
      expect(expectOk(await giveTo(team, "resume", idOf(status))).status).not.toBe("paused");
    }
    expect(movesOf(events, idOf("pending")).slice(0, 2)).toEqual(["pending > paused: wanted so", "paused > pending"]);
    expect(movesOf(events, idOf("waiting")).slice(-3)).toContain("waiting > paused: wanted so");
    await untilIs(engine, idOf("waiting"), { waitingFor: "budget" });
    await untilIs(engine, idOf("paused"), { waitingFor: "budget" });
  });

  test("stop ends what is open, and reopen opens what has ended", async () => {
    const { engine, team, events, idOf } = await cast();
    for (const status of legal.stop) {
      expect(expectOk(await giveTo(team, "stop", idOf(status)))).toMatchObject({
        status: "terminated",
        reason: "wanted so",
        result: { status: "failed", summary: "Stopped: wanted so" },
      });
      expect(movesOf(events, idOf(status)).at(-1)).toBe(`${status} > terminated: wanted so`);
    }
    for (const status of agentStatuses) {
      const id = idOf(status);
      expect(expectOk(await giveTo(team, "reopen", id))).toMatchObject({ result: null, endedAt: null });
      const from = status === "completed" || status === "failed" ? status : "terminated";
      expect(movesOf(events, id)).toContain(`${from} > pending: got more work`);
    }
    await engine.agents.stopEverything("seen enough");
    expect(await examineBooks(engine)).toEqual([]);
  });
});

describe("pausing", () => {
  test("lets the call under way be done, and charges it", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const { id } = await spawn([{ turns: [{ delayMs: 20_000, ...write("a.txt", "a\n") }, report("Done.")] }]);
    await untilCalling(engine, id, 1);
    const sleeping = clock.sleeping;
    const pausing = engine.agents.pause(id, "later");
    await afterOneMoreSleeps(clock, sleeping, 20_000);
    expect(expectOk(await pausing)).toMatchObject({ status: "paused", reason: "later" });
    expect(
      expectOk(await engine.budgets.list(id)).map(({ unconfirmed, ownUsed }) => [unconfirmed, ownUsed > 0]),
    ).toEqual([
      [0, true],
      [0, true],
    ]);
    expect(await attempts(engine, id)).toHaveLength(1);
    expectOk(await engine.agents.resume(id));
    expect(await ended(id)).toMatchObject({ status: "completed", result: { files: ["a.txt"] } });
    expect(await attempts(engine, id)).toEqual(["1.1 completed", "2.1 completed"]);
  });

  test("cuts a call off that takes longer than its patience, keeps its hold, and goes on with the same turn", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const hangs = { faults: [{ kind: "hang" }], ...report("Done.") };
    const { id } = await spawn([{ turns: [hangs] }]);
    await untilCalling(engine, id, 1);
    const sleeping = clock.sleeping;
    const pausing = engine.agents.pause(id, "later");
    await afterOneMoreSleeps(clock, sleeping, 29_999);
    expect(await attempts(engine, id)).toEqual(["1.1 calling"]);
    clock.advance(1);
    expect(expectOk(await pausing).status).toBe("paused");
    expect(await attempts(engine, id)).toEqual(["1.1 unconfirmed"]);
    expect(expectOk(await engine.budgets.list(id)).every(({ unconfirmed }) => unconfirmed > 0)).toBe(true);
    expectOk(await engine.agents.resume(id));
    expect((await ended(id)).status).toBe("completed");
    expect(await attempts(engine, id)).toEqual(["1.1 unconfirmed", "1.2 completed"]);
    const task = expectOk(await engine.messages.list(id)).map(({ kind, status, attempts: tried }) => [
      kind,
      status,
      tried,
    ]);
    expect(task).toEqual([["task", "processed", 1]]);
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("outlasts the engine: one that was paused is paused after a restart, and goes on when it is told to", async () => {
    const repository = await createRepository();
    const first = await startEngine(repository);
    const { id } = await first.spawn([{ turns: [write("a.txt", "a\n"), report("Done.")] }], tooPoor);
    await untilIs(first.engine, id, { waitingFor: "budget" });
    expectOk(await first.engine.agents.pause(id, "over night"));
    expectOk(await first.engine.budgets.raise({ agent: id, tokens: 1_000_000 }));
    expectOk(await first.engine.messages.send({ to: id, body: "Go on", priority: "urgent" }));
    await first.engine.stop();
    const second = await startEngine(repository);
    expect((await second.run([{ turns: [report("The slots are free.")] }])).status).toBe("completed");
    expect(expectOk(await second.engine.agents.find(id))).toMatchObject({ status: "paused", reason: "over night" });
    expect(await attempts(second.engine, id)).toEqual([]);
    expectOk(await second.engine.agents.resume(id));
    expect(await second.ended(id)).toMatchObject({ status: "completed", result: { files: ["a.txt"] } });
    expect(second.logged).toEqual([]);
  });
});

describe("reopening", () => {
  test("with more work it remembers what it did, goes on on its branch, and reports again", async () => {
    const repository = await createRepository();
    const { engine, run, ended } = await startEngine(repository);
    const { id } = await run([
      {
        turns: [
          write("a.txt", "a\n"),
          report("First."),
          calls(["read_file", { path: "a.txt" }]),
          write("b.txt", "b\n"),
          report("Second."),
        ],
      },
    ]);
    const { branch } = (await rowOf(engine, "lead")).worktree ?? {};
    expectOk(await engine.worktrees.merge(id));
    expectOk(await engine.agents.reopen({ agent: id, task: "Write b.txt too", budgetUsd: 5_000_000 }));
    expect(await ended(id)).toMatchObject({ status: "completed", result: { summary: "Second." } });
    const transcript = expectOk(await engine.agents.transcript(id));
    expect(
      transcript.flatMap((entry) => (entry.kind === "messages" ? entry.messages.map(({ body }) => body) : [])),
    ).toEqual(["The whole task", "Write b.txt too"]);
    expect((await answersOf(engine, id, "read_file"))[0]).toContain("a.txt, lines 1-1 of 1\na");
    expect((await rowOf(engine, "lead")).worktree?.branch).toBe(branch);
    expectOk(await engine.worktrees.merge(id));
    expect([await repository.read("a.txt"), await repository.read("b.txt")]).toEqual(["a\n", "b\n"]);
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("tries again what failed, on as much money as it had, and says why", async () => {
    const { engine, run, ended, balances } = await startEngine(await createRepository());
    const { id } = await run([{ turns: [report("No.", "failed"), report("Yes.")] }], { budgetUsd: 1_000_000 });
    const used = (await balances()).get("lead usd")?.used ?? 0;
    expectOk(await engine.agents.reopen({ agent: id }));
    expect((await balances()).get("lead usd")).toMatchObject({ allocated: 1_000_000 + used });
    expect(await ended(id)).toMatchObject({ status: "completed", result: { summary: "Yes." } });
    const [, again] = expectOk(await engine.messages.list(id));
    expect(again).toMatchObject({ kind: "task", relation: "user", status: "processed" });
    expect(again?.body).toBe(
      "Try again: you ended as failed (it reported failure). Your task is still:\n\nThe whole task",
    );
  });

  test("takes effect once under one id", async () => {
    const { engine, run, ended } = await startEngine(await createRepository());
    const { id } = await run([{ turns: [report("One."), report("Two.")] }]);
    const command = { agent: id, task: "More", id: "asked-once" };
    expectOk(await engine.agents.reopen(command));
    await ended(id);
    expect(expectOk(await engine.agents.reopen(command)).status).toBe("completed");
    expect(expectOk(await engine.messages.list(id)).map(({ body }) => body)).toEqual(["The whole task", "More"]);
  });

  test("counts its limit of turns anew", async () => {
    const look = (path: string) => calls(["list_files", { path }]);
    const { engine, run, ended } = await startEngine(await createRepository(), { limits: { maxTurns: 2 } });
    const { id, reason } = await run([{ turns: [look("."), look("."), look("."), report("Done.")] }]);
    expect(reason).toMatch(/limit of 2 turns/);
    expectOk(await engine.agents.reopen({ agent: id }));
    expect(await ended(id)).toMatchObject({ status: "completed", turnsBefore: 2 });
    expect(await attempts(engine, id)).toHaveLength(4);
  });
});
