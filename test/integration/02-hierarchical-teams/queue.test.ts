import { expect, test } from "vitest";
import { rowOf, untilCalling, untilIs } from "../../support/agents.ts";
import { createFakeClock } from "../../support/clock.ts";
import { calls, hire, report, type Script, startEngine } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

const waitForAll = calls(["wait", { until: "children" }]);
const waitForMessage = calls(["wait", { until: "message" }]);

/** A lead that hires so many, each of which reports after some milliseconds. */
const teamOf = (name: string, count: number, delayMs: number): Script => [
  {
    match: { name },
    turns: [
      calls(...Array.from({ length: count }, (_, index) => hire(`${name}-${index}`))),
      waitForAll,
      report("All done."),
    ],
  },
  { turns: [{ delayMs, ...report("Done.") }] },
];

test("a team of one is served beside a team of twenty, which was there first", async () => {
  const { engine, spawn, ended, events } = await startEngine(await createRepository(), {
    limits: { slots: 2, maxChildren: 20 },
  });
  const big = await spawn(teamOf("big", 20, 20), { name: "big" });
  await untilIs(engine, big.id, { waitingFor: "child" });
  const small = await spawn(teamOf("small", 1, 20), { name: "small" });
  expect((await ended(small.id)).status).toBe("completed");
  const rows = await engine.agents.tree(big.id);
  const doneBefore = rows.filter(({ parentId, status }) => parentId === big.id && status === "completed").length;
  expect(doneBefore).toBeLessThan(15);
  const began = new Set(
    events.flatMap((event) => (event.type === "agent.moved" && event.to === "running" ? [event.agentId] : [])),
  );
  const queued = rows.filter(({ id, status }) => !began.has(id) && status === "pending");
  expect(queued.length).toBeGreaterThan(0);
  expectOk(await engine.agents.stop(big.id, "seen enough"));
});

test("no more agents run at once than there are slots", async () => {
  const { run, events } = await startEngine(await createRepository(), { limits: { slots: 2 } });
  expect((await run(teamOf("lead", 5, 10), { name: "lead" })).status).toBe("completed");
  let most = 0;
  const running = new Set<string>();
  for (const event of events) {
    if (event.type !== "agent.moved") continue;
    if (event.to === "running") running.add(event.agentId);
    else running.delete(event.agentId);
    most = Math.max(most, running.size);
  }
  expect(most).toBe(2);
});

test("an agent that waits holds no slot: with one alone, a lead, its agent and another team all get on", async () => {
  const { engine, spawn, run, ended } = await startEngine(await createRepository(), { limits: { slots: 1 } });
  const { id } = await spawn([
    { match: { depth: 0 }, turns: [calls(hire("one")), waitForAll, report("Done.")] },
    { turns: [waitForMessage, report("Done.")] },
  ]);
  await untilIs(engine, "one", { waitingFor: "message" });
  await untilIs(engine, id, { waitingFor: "child" });
  expect((await run([{ turns: [report("Done.")] }], { name: "other" })).status).toBe("completed");
  expectOk(await engine.messages.send({ to: "one", body: "Go on" }));
  expect((await ended(id)).status).toBe("completed");
});

test("one that is paused in the queue gives its place up, and stands at the end when it goes on", async () => {
  const clock = createFakeClock();
  const { engine, spawn, ended, events } = await startEngine(await createRepository(), { clock, limits: { slots: 1 } });
  const { id } = await spawn([
    { match: { depth: 0 }, turns: [calls(hire("a"), hire("b"), hire("c")), waitForAll, report("Done.")] },
    { match: { name: "a" }, turns: [{ delayMs: 1000, ...report("Done.") }] },
    { turns: [report("Done.")] },
  ]);
  await untilCalling(engine, "a", 1);
  expectOk(await engine.agents.pause("b", "later"));
  expectOk(await engine.agents.resume("b"));
  clock.advance(1000);
  expect((await ended(id)).status).toBe("completed");
  const idOf = new Map(
    await Promise.all(["a", "b", "c"].map(async (name) => [(await rowOf(engine, name)).id, name] as const)),
  );
  const order = events.flatMap((event) =>
    event.type === "agent.moved" && event.to === "running" && event.from === "pending"
      ? (idOf.get(event.agentId) ?? [])
      : [],
  );
  expect(order).toEqual(["a", "c", "b"]);
});
