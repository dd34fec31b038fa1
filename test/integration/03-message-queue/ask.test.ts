import { describe, expect, test } from "vitest";
import type { AgentRecord } from "../../../src/protocol/records.ts";
import { answersOf, restsOf, rowOf, untilIs } from "../../support/agents.ts";
import { createFakeClock } from "../../support/clock.ts";
import { calls, hire, report, type Script, startEngine } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

const waitForMessage = calls(["wait", { until: "message" }]);
const waitASecond = calls(["wait", { timeoutSeconds: 1 }]);
const waitForAll = calls(["wait", { until: "children" }]);
const ask = (to: string, more: Readonly<Record<string, unknown>> = {}) =>
  calls(["ask", { to, question: "Which port?", ...more }]);
const answer = (body: string) => calls(["send_message", { inReplyTo: "{{question.id}}", body }]);

/** A lead with two agents: one asks, the other does as it is told. */
const pair = (asker: Script[number]["turns"], asked: Script[number]["turns"]): Script => [
  { match: { depth: 0 }, turns: [calls(hire("asked"), hire("asker")), waitForAll, report("Done.")] },
  { match: { name: "asker" }, turns: asker },
  { match: { name: "asked" }, turns: asked },
];

/** Resolves with the agent once it waits for an answer. */
async function asking(engine: Parameters<typeof answersOf>[0], agent: string): Promise<AgentRecord> {
  await until(`${agent} waits for an answer`, async () => {
    const found = await engine.agents.find(agent);
    return found.ok && found.value.awaitsAnswerTo !== null;
  });
  return expectOk(await engine.agents.find(agent));
}

/** What the first `ask` of an agent came to. */
const outcomeOf = async (engine: Parameters<typeof answersOf>[0], agent: string): Promise<unknown> =>
  (await restsOf(engine, agent, "ask"))[0];

describe("asking", () => {
  test("waits for the answer, which stands in the thread of the question", async () => {
    const { engine, run } = await startEngine(await createRepository());
    await run(pair([ask("asked"), report("Asked.")], [waitForMessage, answer("8080"), report("Answered.")]));
    expect(await outcomeOf(engine, "asker")).toMatchObject({
      answered: true,
      messages: [{ kind: "answer", body: "8080", from: { name: "asked", relation: "peer" } }],
    });
    const rows = expectOk(await engine.messages.list("asker"));
    const question = rows.find(({ kind }) => kind === "question");
    const reply = rows.find(({ kind }) => kind === "answer");
    expect(reply).toMatchObject({ threadId: question?.threadId, inReplyTo: question?.id, status: "processed" });
  });

  test("is not ended by what else comes, which is taken with the answer", async () => {
    const { engine, run } = await startEngine(await createRepository());
    await run(
      pair(
        [ask("asked"), report("Asked.")],
        [
          waitForMessage,
          calls(["send_message", { to: "asker", body: "By the way" }]),
          calls(["list_files", {}]),
          answer("8080"),
          report("Answered."),
        ],
      ),
    );
    expect(await outcomeOf(engine, "asker")).toMatchObject({
      answered: true,
      messages: [{ body: "By the way" }, { body: "8080" }],
    });
  });

  test("ends when its time is over, and the answer comes later as a message", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const { id } = await spawn(
      pair(
        [ask("asked", { timeoutSeconds: 60 }), waitForMessage, report("Asked.")],
        [calls(["wait", { until: "message" }]), waitForMessage, answer("8080"), report("Answered.")],
      ),
    );
    expect(await asking(engine, "asker")).toMatchObject({
      waitingFor: "message",
      waitsUntil: clock.now() + 60_000,
      reason: "asked asked",
    });
    clock.advance(59_999);
    expect((await rowOf(engine, "asker")).status).toBe("waiting");
    clock.advance(1);
    await until("it goes on", async () => (await answersOf(engine, "asker", "ask")).length === 1);
    expect(await outcomeOf(engine, "asker")).toEqual({
      timedOut: true,
      answered: false,
      messages: [],
      openChildren: [],
    });
    expectOk(await engine.messages.send({ to: "asked", body: "Go on" }));
    expect((await ended(id)).status).toBe("completed");
    expect(await restsOf(engine, "asker", "wait")).toMatchObject([{ messages: [{ body: "8080" }] }]);
  });

  test("keeps its time limit over a restart", async () => {
    const clock = createFakeClock();
    const repository = await createRepository();
    const script = pair(
      [ask("asked", { timeoutSeconds: 60 }), report("Nobody answers.")],
      [waitForMessage, waitForMessage, report("Never.")],
    );
    const { engine, spawn, scriptFolder } = await startEngine(repository, { clock });
    await spawn(script);
    await asking(engine, "asker");
    clock.advance(50_000);
    await engine.stop();
    const { engine: next, ended } = await startEngine(repository, { clock, scriptFolder });
    await untilIs(next, "asker", { waitingFor: "message" });
    await until("its time is watched", async () => clock.sleeping >= 2);
    clock.advance(10_000);
    expect((await ended("asker")).result?.summary).toBe("Nobody answers.");
    expect(await outcomeOf(next, "asker")).toMatchObject({ timedOut: true });
    expect(expectOk(await next.messages.list("asker")).filter(({ kind }) => kind === "question")).toHaveLength(1);
  });

  test("ends when the other asks back, so that two never wait for each other", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("asked"), hire("asker")),
          calls(["send_message", { to: "children", body: "Begin" }]),
          waitForAll,
          report("Done."),
        ],
      },
      {
        match: { name: "asker" },
        turns: [waitForMessage, ask("asked"), answer("HTTP"), waitASecond, report("Asked.")],
      },
      {
        match: { name: "asked" },
        turns: [waitForMessage, ask("asker"), answer("8080"), waitASecond, report("Answered.")],
      },
    ]);
    expect(lead.status).toBe("completed");
    const all = expectOk(await engine.messages.list());
    expect(
      all
        .filter(({ kind }) => kind === "answer")
        .map(({ body }) => body)
        .toSorted(),
    ).toEqual(["8080", "HTTP"]);
  });

  test("a child's question ends its parent's wait for its children", async () => {
    const { run } = await startEngine(await createRepository());
    const lead = await run([
      { match: { depth: 0 }, turns: [calls(hire("child")), waitForAll, answer("8080"), waitForAll, report("Done.")] },
      { match: { depth: 1 }, turns: [ask("parent"), report("Thanks.")] },
    ]);
    expect(lead.result?.summary).toBe("Done.");
  });

  test("is not answered by a reply to somebody else, nor by a word of one's own", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const pass = calls(["send_message", { to: "parent", inReplyTo: "{{question.id}}", body: "Do you know?" }]);
    await run([
      {
        match: { depth: 0 },
        turns: [calls(hire("asked"), hire("asker")), calls(["wait", { until: "children" }]), report("Done.")],
      },
      { match: { name: "asker" }, turns: [ask("asked"), report("Asked.")] },
      { match: { name: "asked" }, turns: [waitForMessage, pass, report("I passed it on.")] },
    ]);
    expect(await outcomeOf(engine, "asker")).toMatchObject({
      answered: true,
      messages: [{ kind: "answer", body: expect.stringMatching(/^asked has ended as completed .*I passed it on\.$/) }],
    });
  });

  test("the user may answer for whoever was asked", async () => {
    const { engine, spawn, ended } = await startEngine(await createRepository());
    const { id } = await spawn(
      pair([ask("asked"), report("Asked.")], [waitForMessage, waitForMessage, report("Never.")]),
    );
    const question = (await asking(engine, "asker")).awaitsAnswerTo ?? "";
    const [sent] = expectOk(await engine.messages.send({ inReplyTo: question, body: "9090" }));
    expect(sent).toMatchObject({ kind: "answer", relation: "user" });
    expect((await ended("asker")).status).toBe("completed");
    expect(await outcomeOf(engine, "asker")).toMatchObject({ answered: true, messages: [{ body: "9090" }] });
    expectOk(await engine.agents.stop(id, "seen enough"));
  });

  test("whoever was asked and ends without an answer is answered for", async () => {
    const { engine, run } = await startEngine(await createRepository());
    await run(pair([ask("asked"), report("Asked.")], [waitForMessage, report("I know nothing of ports.")]));
    expect(await outcomeOf(engine, "asker")).toMatchObject({
      answered: true,
      messages: [
        { kind: "answer", body: expect.stringMatching(/^asked has ended as completed .*I know nothing of ports\.$/) },
      ],
    });
  });
});

describe("waiting", () => {
  test("ends when its time is over", async () => {
    const clock = createFakeClock();
    const { engine, spawn, ended } = await startEngine(await createRepository(), { clock });
    const { id } = await spawn([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("slow")),
          calls(["wait", { until: "children", timeoutSeconds: 30 }]),
          waitForAll,
          report("Done."),
        ],
      },
      { match: { depth: 1 }, turns: [{ delayMs: 100_000, ...report("Slow.") }] },
    ]);
    await untilIs(engine, id, { waitingFor: "child" });
    expect((await rowOf(engine, "lead")).waitsUntil).toBe(clock.now() + 30_000);
    clock.advance(30_000);
    await until("it goes on", async () => (await answersOf(engine, id, "wait")).length === 1);
    expect((await answersOf(engine, id, "wait"))[0]).toContain('"timedOut":true');
    await untilIs(engine, id, { waitingFor: "child" });
    expect((await rowOf(engine, "lead")).waitsUntil).toBeNull();
    clock.advance(70_000);
    expect((await ended(id)).status).toBe("completed");
  });
});
