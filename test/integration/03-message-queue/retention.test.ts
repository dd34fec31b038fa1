import { expect, test } from "vitest";
import { createFakeClock } from "../../support/clock.ts";
import { calls, hire, report, startEngine } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

const HOUR = 3_600_000;

test("what was settled longer ago than is kept is forgotten, but for tasks and what was said", async () => {
  const clock = createFakeClock();
  const { engine, run } = await startEngine(await createRepository(), { clock, messageLimits: { keepMs: 2 * HOUR } });
  const lead = await run([
    {
      match: { depth: 0 },
      turns: [calls(hire("child")), calls(["wait", { until: "children" }]), report("Done.")],
    },
    { match: { depth: 1 }, turns: [calls(["send_message", { to: "parent", body: "Hello" }]), report("Told.")] },
  ]);
  const kinds = async () => expectOk(await engine.messages.list()).map(({ kind }) => kind);
  expect(await kinds()).toEqual(["task", "task", "note", "report"]);
  for (const _ of [1, 2]) {
    await until("time is kept", async () => clock.sleeping > 0);
    clock.advance(HOUR);
  }
  expect(await kinds()).toEqual(["task", "task", "note", "report"]);
  await until("it is forgotten", async () => {
    clock.advance(HOUR / 4);
    return (await kinds()).length === 2;
  });
  expect(await kinds()).toEqual(["task", "task"]);
  expect(expectOk(await engine.messages.threads()).threads).toHaveLength(2);
  expect(JSON.stringify(expectOk(await engine.agents.transcript(lead.id)))).toContain("Hello");
});
