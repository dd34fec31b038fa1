import { describe, expect, test } from "vitest";
import { untilCalling, untilIs } from "../../support/agents.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { type EngineUnderTest, report, startEngine } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const unreadable = { kind: "error", status: 400, message: "I can't read this." };
const unreadableTimes = (times: number) => Array.from({ length: times }, () => unreadable);

/** Lets time pass until the newest message to an agent is no longer tried. */
async function exhaust({ engine }: Pick<EngineUnderTest, "engine">, clock: FakeClock, agent: string): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    await until(`delivery ${attempt} failed`, async () => {
      const message = expectOk(await engine.messages.list(agent)).at(-1);
      return (message?.attempts ?? 0) >= attempt && message?.status !== "delivered";
    });
    clock.advance(16_000);
  }
}

describe("a message that can't be delivered", () => {
  test("dies after its attempts, is listed with every error, and is sent again under its id", async () => {
    const clock = createFakeClock();
    const started = await startEngine(await createRepository(), { clock });
    const { engine, spawn, ended, events } = started;
    const { id } = await spawn([
      {
        turns: [
          { delayMs: 1_000, text: "Idle." },
          { delayMs: 1_000, text: "More?", faults: unreadableTimes(5) },
          report("Read at last."),
        ],
      },
    ]);
    await untilCalling(engine, id, 1);
    const [sent] = expectOk(await engine.messages.send({ to: id, body: "Poison", priority: "high" }));
    clock.advance(1_000);
    await untilIs(engine, id, { waitingFor: "message" });
    expect(expectOk(await engine.agents.find(id)).reason).toBe("a message is to be delivered again");
    await exhaust(started, clock, id);
    expect((await ended(id)).status).toBe("completed");
    const [dead] = expectOk(await engine.messages.deadLetters());
    expect(dead).toMatchObject({ id: sent?.id, status: "dead", attempts: 5, body: "Poison", recipientName: "lead" });
    expect(dead?.errors.map(({ error }) => error)).toEqual(Array.from({ length: 5 }, () => "I can't read this."));
    expect(events.filter(({ type }) => type === "message.dead")).toHaveLength(1);
    const refusal = expectRefused(await engine.messages.sendAgain(dead?.id ?? ""));
    expect(refusal.message).toMatch(/has ended as completed .* Reopen it, then send the message again\.$/);
    expectOk(await engine.agents.reopen({ agent: id }));
    await untilCalling(engine, id, 2);
    expect(expectOk(await engine.messages.sendAgain(`#${dead?.seq}`))).toMatchObject({ id: sent?.id, attempts: 0 });
    clock.advance(1_000);
    expect((await ended(id)).result?.summary).toBe("Read at last.");
    expect(expectOk(await engine.messages.find(sent?.id ?? ""))).toMatchObject({ status: "processed", attempts: 1 });
    expect(expectOk(await engine.messages.deadLetters())).toEqual([]);
  });

  test("is discarded, and kept all the same", async () => {
    const clock = createFakeClock();
    const started = await startEngine(await createRepository(), { clock });
    const { engine, spawn } = started;
    const { id } = await spawn([
      {
        turns: [
          { delayMs: 1_000, text: "Idle." },
          { text: "Never.", faults: unreadableTimes(9) },
        ],
      },
    ]);
    await untilCalling(engine, id, 1);
    const [sent] = expectOk(await engine.messages.send({ to: id, body: "Poison", priority: "low" }));
    clock.advance(1_000);
    await exhaust(started, clock, id);
    expect(expectOk(await engine.messages.discard(sent?.id ?? ""))).toMatchObject({ status: "dead" });
    expect(expectOk(await engine.messages.deadLetters(id))).toEqual([]);
    expect(expectOk(await engine.messages.find(sent?.id ?? "")).body).toBe("Poison");
    expect(expectRefused(await engine.messages.discard("nobody")).message).toMatch(/^There is no message "nobody"/);
  });
});

test("a provider that is overloaded costs a message no attempt", async () => {
  const clock = createFakeClock();
  const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
  const overloaded = { kind: "error", status: 529 };
  const { id } = await spawn([{ turns: [{ ...report("Done."), faults: [overloaded, overloaded] }] }]);
  for (const pause of [1_000, 2_000]) {
    await until("it pauses", async () => clock.sleeping >= 2);
    clock.advance(pause);
  }
  expect((await ended(id)).status).toBe("completed");
  expect(expectOk(await engine.messages.list(id))[0]).toMatchObject({ attempts: 1, errors: [] });
});

test("an agent whose very task can't be read fails at once, with the reason", async () => {
  const { run } = await startEngine(await createRepository());
  const agent = await run([{ turns: [{ text: "Never.", faults: unreadableTimes(9) }] }]);
  expect(agent).toMatchObject({ status: "failed", reason: "I can't read this." });
});
