import { describe, expect, test } from "vitest";
import { ok } from "../../../src/base/errors.ts";
import { backoffMs } from "../../../src/engine/messages/backoff.ts";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import type { ModelOutcome, ModelProvider } from "../../../src/engine/models/port.ts";
import { noUsage, type TranscriptEntry } from "../../../src/protocol/transcript.ts";
import type { Priority } from "../../../src/protocol/words.ts";
import { untilIs } from "../../support/agents.ts";
import { createFakeClock } from "../../support/clock.ts";
import { startEngine } from "../../support/engine.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

const { maxAttempts } = defaultMessageLimits;
const POISON = "What no provider takes";
const REFUSAL = "The request is malformed.";

type Called = readonly [tool: string, input: Readonly<Record<string, unknown>>];

const call = (...list: readonly Called[]): ModelOutcome => ({
  kind: "reply",
  reply: {
    kind: "reply",
    content: list.map(([tool, input], index) => ({ type: "tool_call", id: `call-${index}`, tool, input })),
    stopReason: "tool_use",
    usage: noUsage,
  },
});
const hire = (name: string, budgetTokens: number): Called => [
  "spawn_agent",
  { name, role: "coder", task: "Read", budgetUsd: String(budgetTokens / 1_000_000), budgetTokens },
];
const waitForAll: Called = ["wait", { until: "children" }];
const idle: ModelOutcome = {
  kind: "reply",
  reply: { kind: "reply", content: [{ type: "text", text: "Read." }], stopReason: "end_turn", usage: noUsage },
};
const malformed: ModelOutcome = {
  kind: "fault",
  fault: { reason: "invalid_request", message: REFUSAL, charged: "nothing" },
};

/**
 * A lead hires a reader, which is idle between messages, since one that it hired itself stays; that one waits with the
 * tool. None of them can read poison.
 */
const words: Readonly<Record<string, (turn: number) => ModelOutcome>> = {
  lead: (turn) => (turn === 1 ? call(hire("reader", 10_000_000)) : call(waitForAll)),
  reader: (turn) => (turn === 1 ? call(hire("sitter", 1_000_000)) : idle),
  sitter: () => call(["wait", {}]),
};

const provider: ModelProvider = {
  name: "strict",
  offers: ["x"],
  open: async () =>
    ok({
      id: "strict/x",
      maxOutputTokens: 100,
      countInput: async () => 100,
      async call({ agent, transcript }) {
        if (JSON.stringify(newest(transcript)).includes(POISON)) return malformed;
        const turn = transcript.filter(({ kind }) => kind === "reply").length + 1;
        return words[agent.name]?.(turn) ?? idle;
      },
    }),
};

const newest = (transcript: readonly TranscriptEntry[]): readonly TranscriptEntry[] =>
  transcript.slice(transcript.findLastIndex(({ kind }) => kind === "reply") + 1);

async function setUp(recipient: string) {
  const clock = createFakeClock();
  const { engine } = await startEngine(await createRepository(), { clock, providers: [provider] });
  const budget = { budgetUsd: 100_000_000, budgetTokens: 100_000_000 };
  expectOk(await engine.agents.spawn({ name: "lead", role: "lead", task: "Lead", model: "strict/x", ...budget }));
  await untilIs(engine, "reader", { waitingFor: "message" });
  await untilIs(engine, "sitter", { waitingFor: "message" });
  const send = async (body: string, priority: Priority = "normal") => {
    const [message] = expectOk(await engine.messages.send({ to: recipient, body, priority }));
    if (message === undefined) throw new Error("nothing was sent");
    return message;
  };
  /** Time passes until a message stands as wanted. */
  const untilStands = (message: { readonly id: string }, wanted: string) =>
    until(`the message is ${wanted}`, async () => {
      clock.advance(500);
      return expectOk(await engine.messages.find(message.id)).status === wanted;
    });
  return { engine, send, untilStands };
}

describe.each([
  ["that is idle", "reader"],
  ["that waits", "sitter"],
])("a message that the model of a recipient %s can't be given", (_, recipient) => {
  test("dies after its last attempt with every error, while those that came with it are read and the agent goes on", async () => {
    const { engine, send, untilStands } = await setUp(recipient);
    expectOk(await engine.agents.pause(recipient, "so that all of them come at once"));
    const poisoned = await send(POISON, "urgent");
    const others = [];
    for (let number = 1; number <= 10; number++) others.push(await send(`message ${number}`));
    expectOk(await engine.agents.resume(recipient));
    for (const other of others) await untilStands(other, "processed");
    await untilStands(poisoned, "dead");

    const dead = expectOk(await engine.messages.deadLetters());
    expect(dead.map(({ id, body, attempts }) => ({ id, body, attempts }))).toEqual([
      { id: poisoned.id, body: POISON, attempts: maxAttempts },
    ]);
    const errors = dead[0]?.errors ?? [];
    expect(errors.map(({ error }) => error)).toEqual(Array(maxAttempts).fill(REFUSAL));
    const pauses = errors.slice(1).map(({ at }, index) => (at ?? 0) - (errors[index]?.at ?? 0));
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(backoffMs(poisoned.id, index + 1, defaultMessageLimits));
    }
    const later = await send("one more");
    await untilStands(later, "processed");
    const read = expectOk(await engine.agents.transcript(recipient)).flatMap((entry) =>
      entry.kind === "messages" ? entry.messages.filter(({ kind }) => kind === "note").map(({ body }) => body) : [],
    );
    expect(read.toSorted()).toEqual([...others, later].map(({ body }) => body).toSorted());
    expect(expectOk(await engine.agents.find(recipient))).toMatchObject({ status: "waiting", waitingFor: "message" });
  });

  test("holds nobody up that is sent after it, and can be sent again when it is dead", async () => {
    const { engine, send, untilStands } = await setUp(recipient);
    const poisoned = await send(POISON, "urgent");
    await until("it failed once", async () => expectOk(await engine.messages.find(poisoned.id)).errors.length === 1);
    const other = await send("Read this", "low");
    await until("the other is read", async () => expectOk(await engine.messages.find(other.id)).status === "processed");
    expect(expectOk(await engine.messages.find(poisoned.id))).toMatchObject({ status: "pending", attempts: 1 });
    await untilStands(poisoned, "dead");
    expectOk(await engine.messages.sendAgain(poisoned.id));
    await untilStands(poisoned, "dead");
    expect(expectOk(await engine.messages.find(poisoned.id))).toMatchObject({ attempts: maxAttempts });
    expect(expectOk(await engine.messages.find(poisoned.id)).errors).toHaveLength(2 * maxAttempts);
  });
});
