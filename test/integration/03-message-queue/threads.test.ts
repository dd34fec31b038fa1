import { describe, expect, test } from "vitest";
import { answersOf, restsOf, untilIs } from "../../support/agents.ts";
import { calls, hire, report, startEngine } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const waitForMessage = calls(["wait", { until: "message" }]);
const waitForAll = calls(["wait", { until: "children" }]);

describe("a thread", () => {
  test("holds a message and its replies, whoever wrote them, in order", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const reply = (body: string) => calls(["send_message", { inReplyTo: "{{message.id}}", body }]);
    const lead = await run([
      { match: { depth: 0 }, turns: [calls(hire("two"), hire("one")), waitForAll, report("Done.")] },
      {
        match: { name: "one" },
        turns: [
          calls(["send_message", { to: "two", body: "Ping\nwith more" }]),
          waitForMessage,
          reply("Thanks"),
          report("1"),
        ],
      },
      { match: { name: "two" }, turns: [waitForMessage, reply("Pong"), waitForMessage, report("2")] },
    ]);
    expect(lead.status).toBe("completed");
    const { threads } = expectOk(await engine.messages.threads({ text: "ping" }));
    expect(threads).toMatchObject([{ subject: "Ping", team: "lead", messages: 3, pending: 0, lastText: "Thanks" }]);
    const page = expectOk(await engine.messages.page({ thread: threads[0]?.id }));
    expect(page.messages.map(({ senderName, body }) => `${senderName}: ${body}`)).toEqual([
      "one: Ping\nwith more",
      "two: Pong",
      "one: Thanks",
    ]);
    expect(page.messages.map(({ inReplyTo }) => inReplyTo)).toEqual([null, page.messages[0]?.id, page.messages[1]?.id]);
  });

  test("of another team is none that an agent could write in, nor a message that it could reply to", async () => {
    const { engine, run, spawn } = await startEngine(await createRepository());
    const other = await spawn([{ turns: [{ text: "x", faults: [{ kind: "hang" }] }] }], { name: "other" });
    const [message] = expectOk(await engine.messages.send({ to: other.id, body: "Secret" }));
    await run([
      { match: { depth: 0 }, turns: [calls(hire("one")), waitForAll, report("Done.")] },
      {
        match: { depth: 1 },
        turns: [
          calls(
            ["send_message", { to: "parent", body: "Hi", threadId: message?.threadId ?? "" }],
            ["send_message", { inReplyTo: message?.id ?? "", body: "Hi" }],
            ["send_message", { to: other.id, body: "Hi" }],
          ),
          report("Tried."),
        ],
      },
    ]);
    expect(await answersOf(engine, "one", "send_message")).toEqual([
      expect.stringMatching(/^!not_found: There is no thread/),
      expect.stringMatching(/^!not_found: You neither sent nor got/),
      expect.stringMatching(/^!not_found: There is no ".*" in this team/),
    ]);
    expectOk(await engine.agents.stop(other.id, "enough"));
  });
});

describe("a message to an agent that has ended", () => {
  test("is answered at once with what became of it", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run([
      { match: { depth: 0 }, turns: [calls(hire("one"), hire("two")), waitForAll, report("Done.")] },
      { match: { name: "one" }, turns: [report("I wrote the parser.")] },
      {
        match: { name: "two" },
        turns: [
          calls(["wait", { until: "message", timeoutSeconds: 1 }]),
          calls(["send_message", { to: "one", body: "Hi" }], ["send_message", { to: "one", body: "Hi", reopen: true }]),
          calls(["ask", { to: "one", question: "Who?" }]),
          report("2"),
        ],
      },
    ]);
    const told = "one has ended as completed and reads no more messages. It reported: I wrote the parser.";
    expect(await answersOf(engine, "two", "send_message")).toEqual([
      `!illegal_move: ${told}`,
      `!illegal_move: ${told} Only who hired it can reopen it.`,
    ]);
    expect(await answersOf(engine, "two", "ask")).toEqual([`!illegal_move: ${told}`]);
    expect(expectRefused(await engine.messages.send({ to: "one", body: "Hi" }))).toEqual({
      code: "has_ended",
      message: told,
    });
    expect(lead.status).toBe("completed");
  });

  test("that comes while it ends, unread, is told of to who wrote it", async () => {
    const { engine, run } = await startEngine(await createRepository());
    await run([
      { match: { depth: 0 }, turns: [calls(hire("one"), hire("two")), waitForAll, report("Done.")] },
      { match: { name: "one" }, turns: [waitForMessage, { delayMs: 400, ...report("I wrote the parser.") }] },
      {
        match: { name: "two" },
        turns: [
          calls(["send_message", { to: "one", body: "First" }]),
          { delayMs: 200, ...calls(["send_message", { to: "one", body: "Second" }]) },
          waitForMessage,
          report("2"),
        ],
      },
    ]);
    const [second] = expectOk(await engine.messages.page({ text: "Second" })).messages;
    expect(second).toMatchObject({ status: "pending", recipientEnded: true });
    const [came] = await restsOf(engine, "two", "wait");
    expect(came).toMatchObject({
      messages: [
        { from: { name: "one" }, priority: "low", body: expect.stringMatching(/It did not read what you wrote/) },
      ],
    });
  });

  test("opens it again where its sender may do that and says so", async () => {
    const { engine, run } = await startEngine(await createRepository());
    const lead = await run([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("one")),
          waitForAll,
          calls(["send_message", { to: "one", body: "Now the tests.", reopen: true }]),
          waitForAll,
          report("Done."),
        ],
      },
      { match: { name: "one" }, turns: [report("The parser."), report("The tests.")] },
    ]);
    expect(lead.status).toBe("completed");
    expect(expectOk(await engine.agents.find("one")).result?.summary).toBe("The tests.");
    const [again] = expectOk(await engine.messages.send({ to: lead.id, body: "And the docs.", reopen: true }));
    expect(again).toMatchObject({ kind: "task", priority: "urgent", relation: "user" });
    await untilIs(engine, lead.id, { status: "failed" });
    expect(expectOk(await engine.agents.find(lead.id)).reason).toMatch(/has ended: agents\[0\] has 5 turns/);
  });
});

describe("the limits", () => {
  test("of an inbox and of a text are told to who sends, who may wait and send again", async () => {
    const { engine, spawn, ended } = await startEngine(await createRepository(), {
      messageLimits: { maxPending: 3, maxBytes: 20 },
    });
    const send = (body: string) => ["send_message", { to: "reader", body }] as const;
    const { id } = await spawn([
      {
        match: { depth: 0 },
        turns: [
          calls(hire("reader")),
          waitForMessage,
          calls(send("x".repeat(21)), send("1"), send("2"), send("3"), send("4")),
          calls(["wait", { until: "message", timeoutSeconds: 60 }]),
          calls(send("4")),
          waitForAll,
          report("Done."),
        ],
      },
      {
        match: { depth: 1 },
        turns: [
          calls(["send_message", { to: "parent", body: "I am there." }]),
          { delayMs: 700, ...calls(["list_files", {}]) },
          waitForMessage,
          calls(["send_message", { to: "parent", body: "There is room." }]),
          waitForMessage,
          report("Read."),
        ],
      },
    ]);
    expect((await ended(id)).status).toBe("completed");
    const answers = await answersOf(engine, id, "send_message");
    expect(answers[0]).toBe(
      "!limit_reached: The message is too long: 21 bytes, and a message has at most 20. Say less, or put it into a file and name that.",
    );
    expect(answers.map((text) => text.startsWith("!"))).toEqual([true, false, false, false, true, false]);
    expect(answers[4]).toMatch(/^!limit_reached: The inbox of reader is full: 3 messages wait there\./);
  });
});
