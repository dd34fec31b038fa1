import { describe, expect, test } from "vitest";
import { answersOf, rowOf, statuses, untilCalling, untilIs } from "../../support/agents.ts";
import { examineBooks } from "../../support/books.ts";
import { createFakeClock } from "../../support/clock.ts";
import { calls, type EngineTestOptions, hire, report, type Script, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const waitForAll = calls(["wait", { until: "children" }]);
const waitForMessage = calls(["wait", { until: "message" }]);
const merge = (...names: readonly string[]) => calls(...names.map((child) => ["merge_child", { child }] as const));
const tellParent = (body: string) => calls(["send_message", { to: "parent", body }]);

/** A call that the provider refuses for good: its agent fails. */
const breaks = { faults: [{ kind: "error", status: 401, message: "The provider broke." }], text: "Never." };

/**
 * `lead` hires `middle`, which hires `one`, with `below` under it, and `two`. Once it hears that `below` is there,
 * `middle` does what it is given to do; the others go on when they are written to.
 */
const team = (middleThen: ReturnType<typeof calls> | typeof breaks): Script => [
  {
    match: { name: "lead" },
    turns: [
      write("lead.txt", "lead\n"),
      calls(hire("middle")),
      waitForAll,
      merge("one", "two"),
      calls(["merge_child", { child: "below" }]),
      report("All done."),
    ],
  },
  {
    match: { name: "middle" },
    turns: [write("middle.txt", "middle\n"), calls(hire("one"), hire("two")), waitForMessage, middleThen],
  },
  {
    match: { name: "one" },
    turns: [
      calls(hire("below")),
      waitForMessage,
      tellParent("one asks whoever is above"),
      waitForAll,
      merge("below"),
      write("one.txt", "one\n"),
      report("One."),
    ],
  },
  { match: { name: "below" }, turns: [waitForMessage, write("below.txt", "below\n"), report("Below.")] },
  { match: { name: "two" }, turns: [waitForMessage, write("two.txt", "two\n"), report("Two.")] },
];

/** An equal share of a share of a share is still enough. */
const budget = { budgetUsd: 1_000_000_000_000, budgetTokens: 1_000_000_000_000 };

async function setUp(middleThen: ReturnType<typeof calls> | typeof breaks, options: EngineTestOptions = {}) {
  const repository = await createRepository();
  const started = await startEngine(repository, options);
  const lead = await started.spawn(team(middleThen), { name: "lead", ...budget });
  for (const name of ["middle", "one", "two", "below"]) await untilIs(started.engine, name, { waitingFor: "message" });
  expectOk(await started.engine.messages.send({ to: "middle", body: "Go on." }));
  return { ...started, repository, lead };
}

/** Ends `middle` by its provider, and waits until those below it rest. */
async function untilHandedOver({ engine }: Awaited<ReturnType<typeof setUp>>): Promise<void> {
  await untilIs(engine, "middle", { status: "failed" });
  for (const name of ["one", "two", "below"]) await untilIs(engine, name, { waitingFor: "message" });
}

describe("an agent that ends before those it hired", () => {
  test("hands them over to its parent: with all below them, their money and where their work goes", async () => {
    const set = await setUp(breaks);
    const { engine, balances, events, lead } = set;
    await untilHandedOver(set);
    const place = async (name: string) => {
      const { parentId, depth, rootId } = await rowOf(engine, name);
      const above = expectOk(await engine.agents.ancestors(name)).map((agent) => agent.name);
      return { parentId, depth, rootId, above };
    };
    const [one, two] = [await rowOf(engine, "one"), await rowOf(engine, "two")];
    expect(await place("one")).toEqual({ parentId: lead.id, depth: 1, rootId: lead.id, above: ["lead"] });
    expect(await place("two")).toEqual({ parentId: lead.id, depth: 1, rootId: lead.id, above: ["lead"] });
    expect(await place("below")).toEqual({ parentId: one.id, depth: 2, rootId: lead.id, above: ["lead", "one"] });
    const namesOf = (agents: readonly { readonly name: string }[]) => agents.map(({ name }) => name).sort();
    expect(namesOf(expectOk(await engine.agents.descendants("middle")))).toEqual([]);
    expect(namesOf(expectOk(await engine.agents.children("lead")))).toEqual(["middle", "one", "two"]);
    expect(events.filter(({ type }) => type === "agent.handed_over")).toMatchObject([
      { agentId: one.id, to: lead.id },
      { agentId: two.id, to: lead.id },
    ]);
    const worktrees = await engine.worktrees.list();
    const { worktree } = await rowOf(engine, "lead");
    for (const { id } of [one, two]) {
      expect(worktrees.find(({ agentId }) => agentId === id)?.targetBranch).toBe(worktree?.branch);
    }
    const usd = await balances();
    const allocated = (name: string) => usd.get(`${name} usd`)?.allocated ?? 0;
    expect(usd.get("lead usd")).toMatchObject({
      allocated: budget.budgetUsd,
      reserved: allocated("one") + allocated("two"),
    });
    expect(usd.get("middle usd")).toMatchObject({ state: "closed", reserved: 0 });
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("tells its parent whose they are now, and the parent merges them as its own", async () => {
    const set = await setUp(breaks);
    const { engine, ended, repository, lead, logged } = set;
    await untilHandedOver(set);
    const [told] = expectOk(await engine.messages.list("middle")).filter(({ kind }) => kind === "report");
    expect(told).toMatchObject({
      recipientId: lead.id,
      body: "Failed: The provider broke.",
      payload: { agent: "middle", status: "failed", reason: "The provider broke.", nowYours: ["one", "two"] },
    });
    expect(expectOk(await engine.agents.find("lead")).waitingFor).toBe("child");
    for (const to of ["two", "one", "below"]) expectOk(await engine.messages.send({ to, body: "Go on" }));
    expect(await ended(lead.id)).toMatchObject({
      status: "completed",
      result: { files: ["below.txt", "lead.txt", "middle.txt", "one.txt", "two.txt"] },
    });
    const asked = expectOk(await engine.messages.list("one")).find(({ body }) => body === "one asks whoever is above");
    expect(asked).toMatchObject({ recipientId: lead.id, relation: "child", status: "processed" });
    expect(await answersOf(engine, "lead", "merge_child")).toEqual([
      expect.stringMatching(/^Merged "one"/),
      expect.stringMatching(/^Merged "two"/),
      '!not_found: You hired no "below". You hired: middle, one, two.',
    ]);
    expectOk(await engine.worktrees.merge(lead.id));
    expect(await repository.read("below.txt")).toBe("below\n");
    expect(await examineBooks(engine)).toEqual([]);
    expect(logged).toEqual([]);
  });

  test("that were handed over can be handed over again", async () => {
    const repository = await createRepository();
    const { engine, spawn, ended } = await startEngine(repository);
    const hires = (name: string) => ({ match: { name }, turns: [] as readonly Record<string, unknown>[] });
    const lead = await spawn(
      [
        { ...hires("lead"), turns: [calls(hire("a")), waitForAll, merge("c"), report("Done.")] },
        { ...hires("a"), turns: [calls(hire("b")), waitForAll, report("Never.")] },
        { ...hires("b"), turns: [calls(hire("c")), waitForAll, report("Never.")] },
        { ...hires("c"), turns: [waitForMessage, write("c.txt", "c\n"), report("C.")] },
      ],
      { name: "lead", ...budget },
    );
    await untilIs(engine, "c", { waitingFor: "message" });
    expectOk(await engine.agents.stop("b", "not needed", "agent"));
    expectOk(await engine.agents.stop("a", "not needed", "agent"));
    expect(await rowOf(engine, "c")).toMatchObject({ parentId: lead.id, depth: 1, status: "waiting" });
    expect(await examineBooks(engine)).toEqual([]);
    expectOk(await engine.messages.send({ to: "c", body: "Go on" }));
    expect(await ended(lead.id)).toMatchObject({ status: "completed", result: { files: ["c.txt"] } });
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("does so while they are at work, and they hire below their new parent", async () => {
    const clock = createFakeClock();
    const repository = await createRepository();
    const { engine, spawn, ended, logged } = await startEngine(repository, { clock, limits: { maxDepth: 2 } });
    const { id } = await spawn(
      [
        { match: { name: "lead" }, turns: [calls(hire("middle")), waitForAll, merge("one"), report("Done.")] },
        { match: { name: "middle" }, turns: [calls(hire("one")), waitForAll] },
        {
          match: { name: "one" },
          turns: [
            { delayMs: 1000, ...calls(hire("below"), ["send_message", { to: "parent", body: "Here I am" }]) },
            waitForAll,
            merge("below"),
            report("One."),
          ],
        },
        { match: { name: "below" }, turns: [write("below.txt", "below\n"), report("Below.")] },
      ],
      { name: "lead", ...budget },
    );
    await untilCalling(engine, "one", 1);
    expectOk(await engine.agents.stop("middle", "not needed", "agent"));
    clock.advance(1000);
    expect(await ended(id)).toMatchObject({ status: "completed", result: { files: ["below.txt"] } });
    const depths = new Map((await engine.agents.tree()).map(({ name, depth }) => [name, depth]));
    expect(Object.fromEntries(depths)).toEqual({ lead: 0, middle: 1, one: 1, below: 2 });
    const sent = expectOk(await engine.messages.list("one")).find(({ body }) => body === "Here I am");
    expect(sent).toMatchObject({ recipientId: id, relation: "child" });
    expect(await examineBooks(engine)).toEqual([]);
    expect(logged).toEqual([]);
  });

  test("ends them with it where that is set", async () => {
    const { engine, ended, lead } = await setUp(breaks, { limits: { onParentEnd: "stop" } });
    expect(await ended(lead.id)).toMatchObject({ status: "completed" });
    expect(await statuses(engine)).toEqual([
      "lead completed",
      "middle failed",
      "one terminated",
      "below terminated",
      "two terminated",
    ]);
    for (const name of ["one", "two", "below"]) {
      expect((await rowOf(engine, name)).reason).toBe("the agent that hired it has ended");
    }
    const middle = await rowOf(engine, "middle");
    expect((await rowOf(engine, "one")).parentId).toBe(middle.id);
    expect(expectOk(await engine.budgets.list()).every(({ state }) => state === "closed")).toBe(true);
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("ends them with it where it is a root: nobody is above", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run(
      [
        { match: { name: "lead" }, turns: [calls(hire("one")), waitForMessage, breaks] },
        { match: { name: "one" }, turns: [calls(hire("below")), tellParent("It is there"), waitForAll] },
        { match: { name: "below" }, turns: [waitForMessage] },
      ],
      { name: "lead" },
    );
    expect(lead).toMatchObject({ status: "failed", reason: "The provider broke." });
    expect(await statuses(engine)).toEqual(["lead failed", "one terminated", "below terminated"]);
    expect(await examineBooks(engine)).toEqual([]);
  });
});

describe("stopping one agent alone", () => {
  test("hands what it hired over to its parent", async () => {
    const { engine, lead } = await setUp(waitForMessage);
    await untilIs(engine, "below", { waitingFor: "message" });
    await untilIs(engine, "two", { waitingFor: "message" });
    const stopped = expectOk(await engine.agents.stop("middle", "not needed", "agent"));
    expect(stopped).toMatchObject({ status: "terminated", reason: "not needed", result: { files: ["middle.txt"] } });
    for (const name of ["one", "two"]) expect((await rowOf(engine, name)).parentId).toBe(lead.id);
    const report = expectOk(await engine.messages.list("middle")).find(({ kind }) => kind === "report");
    expect(report?.payload).toMatchObject({ status: "terminated", nowYours: ["one", "two"] });
    expect(await examineBooks(engine)).toEqual([]);
  });

  test("is refused for a root while agents below it are open", async () => {
    const { engine, lead } = await setUp(waitForMessage);
    await untilIs(engine, "below", { waitingFor: "message" });
    const refused = expectRefused(await engine.agents.stop(lead.id, "not needed", "agent"));
    expect(refused).toMatchObject({ code: "illegal_move", message: expect.stringContaining("nobody is above it") });
    expect((await rowOf(engine, "middle")).status).not.toBe("terminated");
    expectOk(await engine.agents.stop("middle", "not needed"));
    expect(expectOk(await engine.agents.stop(lead.id, "not needed", "agent")).status).toBe("terminated");
    expect((await statuses(engine)).slice(1)).toEqual([
      "middle terminated",
      "one terminated",
      "below terminated",
      "two terminated",
    ]);
  });
});
