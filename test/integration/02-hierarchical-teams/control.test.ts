import { describe, expect, test } from "vitest";
import { answersOf, attempts, rowOf, statuses, untilCalling, untilIs } from "../../support/agents.ts";
import { examineBooks } from "../../support/books.ts";
import { createFakeClock } from "../../support/clock.ts";
import { calls, hire, report, type Script, startEngine, write } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const waitForAll = calls(["wait", { until: "children" }]);
const waitForMessage = calls(["wait", { until: "message" }]);
const merge = (...names: readonly string[]) => calls(...names.map((child) => ["merge_child", { child }] as const));

/** An equal share of a share of a share is still enough. */
const budget = { budgetUsd: 1_000_000_000_000, budgetTokens: 1_000_000_000_000 };

const chain = ["l0", "l1", "l2", "l3", "l4"] as const;

/** Five levels, each of which hires the next; the lowest takes these turns. */
const fiveLevels = (...lowest: Script[number]["turns"]): Script =>
  chain.map((name, depth) => {
    const next = chain[depth + 1];
    const turns =
      next === undefined ? lowest : [calls(hire(next)), waitForAll, merge(next), report(`${name} is done.`)];
    return { match: { name }, turns };
  });

const namesOf = (agents: readonly { readonly name: string }[]) => agents.map(({ name }) => name);

describe("a team of five levels", () => {
  test("knows who is above and below whom, and hands its work up to the top", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run(fiveLevels(write("deep.txt", "deep\n"), report("l4 is done.")), { name: "l0", ...budget });
    expect(lead).toMatchObject({ status: "completed", result: { files: ["deep.txt"] } });
    expect((await engine.agents.tree()).map(({ name, depth }) => [name, depth])).toEqual(
      chain.map((name, depth) => [name, depth]),
    );
    for (const [depth, name] of chain.entries()) {
      expect(namesOf(expectOk(await engine.agents.ancestors(name)))).toEqual(chain.slice(0, depth));
      expect(namesOf(expectOk(await engine.agents.descendants(name)))).toEqual(chain.slice(depth + 1).toReversed());
      expect(namesOf(expectOk(await engine.agents.children(name)))).toEqual(chain.slice(depth + 1, depth + 2));
    }
    for (const ask of ["ancestors", "descendants", "children"] as const) {
      expect(expectRefused(await engine.agents[ask]("nobody")).code).toBe("not_found");
    }
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("pauses and goes on as a whole, or one agent alone", async () => {
    const { engine, spawn, ended } = await startEngine(await createRepository());
    const { id } = await spawn(fiveLevels(waitForMessage, report("l4 is done.")), { name: "l0", ...budget });
    await untilIs(engine, "l4", { waitingFor: "message" });
    await untilIs(engine, "l3", { waitingFor: "child" });
    expectOk(await engine.agents.pause("l2", "look at it", "agent"));
    expect(await statuses(engine)).toEqual(["l0 waiting", "l1 waiting", "l2 paused", "l3 waiting", "l4 waiting"]);
    expectOk(await engine.agents.pause("l1", "look at all", "subtree"));
    expect(await statuses(engine)).toEqual(["l0 waiting", "l1 paused", "l2 paused", "l3 paused", "l4 paused"]);
    expect((await rowOf(engine, "l2")).reason).toBe("look at it");
    expect((await rowOf(engine, "l3")).reason).toBe("look at all");
    expectOk(await engine.messages.send({ to: "l4", body: "Go on", priority: "urgent" }));
    expectOk(await engine.agents.resume("l4", "agent"));
    await untilIs(engine, "l4", { status: "completed" });
    expect(await statuses(engine)).toEqual(["l0 waiting", "l1 paused", "l2 paused", "l3 paused", "l4 completed"]);
    expectOk(await engine.agents.resume("l0", "subtree"));
    expect((await ended(id)).status).toBe("completed");
    for (const name of chain) {
      expect((await attempts(engine, name)).every((attempt) => attempt.endsWith("completed"))).toBe(true);
    }
  });

  test("is paused though some of it call a model that takes too long: their calls alone are cut off", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const slow = { delayMs: 300_000, ...report("l4 is done.") };
    const { id } = await spawn(fiveLevels(write("a.txt", "a\n"), slow), { name: "l0", ...budget });
    await untilCalling(engine, "l4", 2);
    await untilIs(engine, "l3", { waitingFor: "child" });
    const sleeping = clock.sleeping;
    const pausing = engine.agents.pause(id, "over night");
    await until("it is waited for", () => clock.sleeping > sleeping);
    clock.advance(30_000);
    expectOk(await pausing);
    expect(await statuses(engine)).toEqual(chain.map((name) => `${name} paused`));
    expect(await attempts(engine, "l4")).toEqual(["1.1 completed", "2.1 unconfirmed"]);
    expectOk(await engine.agents.resume(id));
    await untilCalling(engine, "l4", 2);
    clock.advance(300_000);
    expect((await ended(id)).status).toBe("completed");
    expect(await attempts(engine, "l4")).toEqual(["1.1 completed", "2.1 unconfirmed", "2.2 completed"]);
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("ends where one far above stops what is far below, and the money comes back", async () => {
    const { engine, spawn, ended } = await startEngine(await createRepository());
    const [lead, ...others] = fiveLevels(waitForMessage);
    const stops = [
      calls(hire("l1")),
      waitForMessage,
      calls(["stop_agent", { agent: "l3", reason: "not needed" }], ["stop_agent", { agent: "nobody", reason: "x" }]),
      waitForAll,
      merge("l1"),
      report("l0 is done."),
    ];
    const tells = others.map((agent) =>
      agent.match?.name === "l4"
        ? {
            ...agent,
            turns: [write("kept.txt", "kept\n"), calls(["send_message", { to: "l0", body: "Here" }]), waitForMessage],
          }
        : agent,
    );
    const { id } = await spawn([{ ...lead, turns: stops }, ...tells], { name: "l0", ...budget });
    expect((await ended(id)).status).toBe("completed");
    expect(await statuses(engine)).toEqual([
      "l0 completed",
      "l1 completed",
      "l2 completed",
      "l3 terminated",
      "l4 terminated",
    ]);
    expect((await rowOf(engine, "l3")).reason).toBe("not needed");
    expect((await rowOf(engine, "l4")).result?.files).toEqual(["kept.txt"]);
    expect(await answersOf(engine, "l0", "stop_agent")).toEqual([
      "l3 was ended.",
      expect.stringMatching(/^!not_found: There is no "nobody" below you. There are: /),
    ]);
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("gets more money from two levels above, which goes down through the one between", async () => {
    const { engine, run, balances } = await startEngine(await createRepository());
    const poor = hire("low", { budgetTokens: 100, budgetUsd: 1 });
    await run(
      [
        {
          match: { name: "lead" },
          turns: [
            calls(hire("middle", { budgetTokens: 1_000_000, budgetUsd: 10 })),
            waitForMessage,
            calls(
              ["raise_budget", { agent: "low", tokens: 5_000_000, usd: 2 }],
              ["raise_budget", { agent: "lead", usd: 1 }],
            ),
            waitForAll,
            report("Done."),
          ],
        },
        {
          match: { name: "middle" },
          // What low asks for may end the first wait.
          turns: [
            calls(poor, ["send_message", { to: "lead", body: "low is poor" }]),
            waitForAll,
            waitForAll,
            report("Done."),
          ],
        },
        { match: { name: "low" }, turns: [report("Done.")] },
      ],
      { name: "lead" },
    );
    expect(await statuses(engine)).toEqual(["lead completed", "middle completed", "low completed"]);
    const after = await balances();
    expect(after.get("low tokens")?.allocated).toBe(5_000_100);
    expect(after.get("low usd")?.allocated).toBe(3_000_000);
    expect(after.get("middle tokens")?.allocated).toBeGreaterThan(5_000_100);
    expect(await answersOf(engine, "lead", "raise_budget")).toEqual([
      "low may spend $2.00 and 5000000 tokens more.",
      expect.stringMatching(/^!not_found: There is no "lead" below you/),
    ]);
    expect(await examineBooks(engine)).toEqual([]);
  });
});

describe("what an agent learns of those it hired", () => {
  test("how each of them ended, what it used, and the sum", async () => {
    const usage = { inputTokens: 1000, outputTokens: 500 };
    const { engine, run } = await startEngine(await createRepository());
    await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("good"), hire("bad"), hire("late")),
          waitForMessage,
          calls(["stop_agent", { agent: "late", reason: "too late" }]),
          waitForAll,
          calls(["team_status"]),
          report("Three ends."),
        ],
      },
      {
        match: { name: "good" },
        turns: [
          { ...write("good.txt", "good\n"), usage },
          { ...report("All done."), usage },
        ],
      },
      { match: { name: "bad" }, turns: [{ ...report("I can't.", "failed"), usage }] },
      {
        match: { name: "late" },
        turns: [
          { ...calls(["send_message", { to: "parent", body: "I am here" }]), usage },
          { ...waitForMessage, usage },
        ],
      },
    ]);
    const [answer = ""] = await answersOf(engine, "lead", "team_status");
    const status = JSON.parse(answer);
    expect(status.agents).toMatchObject([
      { name: "good", status: "completed", reason: null, summary: "All done.", files: ["good.txt"] },
      { name: "bad", status: "failed", reason: "it reported failure", summary: "I can't." },
      { name: "late", status: "terminated", reason: "too late" },
    ]);
    expect(status.agents.slice(0, 2).map(({ used }: { used: unknown }) => used)).toEqual([
      { usd: "$0.0006", tokens: 3000 },
      { usd: "$0.0003", tokens: 1500 },
    ]);
    expect(status.total).toMatchObject({ open: 0, ended: 3 });
  });
});

describe("stopping everything", () => {
  test("ends every team with all below, answers their leads, and leaves what had ended as it was", async () => {
    const { engine, run, spawn } = await startEngine(await createRepository());
    const done = await run([{ turns: [report("Done.")] }], { name: "done" });
    for (const name of ["x", "y"]) {
      const below = `${name}-below`;
      await spawn(
        [
          { match: { name }, turns: [calls(hire(below)), waitForAll] },
          { match: { name: below }, turns: [waitForMessage] },
        ],
        { name },
      );
      await untilIs(engine, below, { waitingFor: "message" });
    }
    expectOk(await engine.agents.pause("x-below", "later"));
    const stopped = await engine.agents.stopEverything("enough for today");
    expect(namesOf(stopped)).toEqual(["x", "y"]);
    expect(stopped.map(({ status, reason }) => `${status}: ${reason}`)).toEqual(
      stopped.map(() => "terminated: enough for today"),
    );
    expect(await statuses(engine)).toEqual([
      "done completed",
      "x terminated",
      "x-below terminated",
      "y terminated",
      "y-below terminated",
    ]);
    expect(expectOk(await engine.agents.find("done"))).toEqual(done);
    expect(await engine.agents.stopEverything("again")).toEqual([]);
    expect(expectOk(await engine.budgets.list()).every(({ state }) => state === "closed")).toBe(true);
    expect(await examineBooks(engine)).toEqual([]);
  });
});

describe("more work from the one that hired", () => {
  test("is done on the same branch, reported again, and merged on top", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("one")),
          waitForAll,
          merge("one"),
          calls(["reopen_agent", { agent: "one", task: "Write the second file" }], ["merge_child", { child: "one" }]),
          waitForAll,
          merge("one"),
          report("Both."),
        ],
      },
      {
        turns: [
          write("first.txt", "1\n"),
          report("First."),
          calls(["read_file", { path: "first.txt" }]),
          write("second.txt", "2\n"),
          report("Second."),
        ],
      },
    ]);
    expect(lead).toMatchObject({ status: "completed", result: { files: ["first.txt", "second.txt"] } });
    expect((await answersOf(engine, "one", "read_file"))[0]).toMatch(/\n1$/);
    expect(await answersOf(engine, "lead", "merge_child")).toEqual([
      expect.stringMatching(/^Merged "one" .*1 file:\nfirst.txt$/),
      expect.stringMatching(/^!.*one is still at work/),
      expect.stringMatching(/^Merged "one" .*1 file:\nsecond.txt$/),
    ]);
    const reports = expectOk(await engine.messages.list("one")).filter(({ kind }) => kind === "report");
    expect(reports.map(({ body, status }) => [body, status])).toEqual([
      ["First.", "processed"],
      ["Second.", "processed"],
    ]);
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("is refused while the one that hired it has ended, and given by the user once that one is open again", async () => {
    const clock = createFakeClock();
    const { engine, run, ended } = await startEngine(await createRepository(), { clock });
    const slowly = { delayMs: 1000, ...waitForAll };
    const { id } = await run([
      { match: { depth: 0 }, turns: [calls(hire("one")), waitForAll, report("Done."), slowly, report("Again.")] },
      { turns: [report("One."), report("One again.")] },
    ]);
    const before = await engine.agents.tree();
    expect(expectRefused(await engine.agents.reopen({ agent: "one", task: "More" }))).toEqual({
      code: "illegal_move",
      message: "lead, which hired one, has ended (completed): reopen it first.",
    });
    expect(await engine.agents.tree()).toEqual(before);
    expectOk(await engine.agents.reopen({ agent: id, task: "See to one" }));
    await untilCalling(engine, id, 4);
    expectOk(await engine.agents.reopen({ agent: "one", task: "More" }));
    clock.advance(1000);
    expect(await ended(id)).toMatchObject({ status: "completed", result: { summary: "Again." } });
    expect((await rowOf(engine, "one")).result?.summary).toBe("One again.");
    expect(await examineBooks(engine)).toEqual([]);
  });
});
