import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../../../../../src/base/clock.ts";
import { countContent, countRequest } from "../../../../../src/engine/models/counting.ts";
import type { Model, ModelOutcome, ModelRequest } from "../../../../../src/engine/models/port.ts";
import { createScriptProvider } from "../../../../../src/engine/models/script/provider.ts";
import { scriptJsonSchema } from "../../../../../src/engine/models/script/schema.ts";
import { noUsage, type ReplyEntry, type TranscriptEntry } from "../../../../../src/protocol/transcript.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "script-"));
});
afterAll(() => rm(folder, { recursive: true }));

const slept: number[] = [];
const clock: Clock = {
  now: () => 0,
  sleep: async (ms, signal) => {
    slept.push(ms);
    signal?.throwIfAborted();
  },
};

const provider = () => createScriptProvider({ baseDir: folder, clock });
const openText = async (text: string, name = "s.yaml") => {
  await writeFile(join(folder, name), text);
  return provider().open(name);
};
async function modelOf(text: string, name?: string): Promise<Model> {
  const opened = await openText(text, name);
  if (!opened.ok) throw new Error(opened.refusal.message);
  return opened.value;
}

const agent = { id: "a1", name: "api", role: "dev", task: "Build the API.", depth: 1 };
const request = (given: Partial<ModelRequest> = {}): ModelRequest => ({
  agent,
  system: "You build.",
  tools: [],
  transcript: [],
  standing: "",
  maxOutputTokens: 100,
  attempt: 1,
  ...given,
});
const signal = new AbortController().signal;
const call = (model: Model, given: Partial<ModelRequest> = {}): Promise<ModelOutcome> =>
  model.call(request(given), signal);
const replied = (stopReason: ReplyEntry["stopReason"] = "end_turn"): TranscriptEntry => ({
  kind: "reply",
  content: [],
  stopReason,
  usage: noUsage,
});
const textOf = (outcome: ModelOutcome): string =>
  outcome.kind === "reply" ? JSON.stringify(outcome.reply.content) : outcome.fault.message;

describe("a script that is opened again", () => {
  const later = () => createScriptProvider({ baseDir: folder, clock: { ...clock, now: () => Date.now() + 3_600_000 } });
  const saying = (text: string) => writeFile(join(folder, "again.yaml"), `agents: [{ turns: [{ text: ${text} }] }]`);
  const open = async (models: ReturnType<typeof later>) => {
    const opened = await models.open("again.yaml");
    if (!opened.ok) throw new Error(opened.refusal.message);
    return opened.value;
  };

  it("is read once, for as long as its file is as it was", async () => {
    const models = later();
    await saying("one");
    const first = await open(models);
    expect(await open(models)).toBe(first);
    await saying("two_and_longer");
    expect(textOf(await call(await open(models)))).toContain("two_and_longer");
    await rm(join(folder, "again.yaml"));
    expect((await models.open("again.yaml")).ok).toBe(false);
  });

  it("is read again where the file's time is too new to tell", async () => {
    const models = createScriptProvider({ baseDir: folder, clock: { ...clock, now: () => Date.now() } });
    await saying("one");
    const first = await open(models);
    await saying("six");
    expect(await open(models)).not.toBe(first);
  });
});

const two = "agents: [{ turns: [{ text: one }, { text: two }] }]";

describe("a script", () => {
  it("plays its first turn first, and each by the number of answers so far", async () => {
    const model = await modelOf(two);
    expect(textOf(await call(model))).toContain("one");
    expect(textOf(await call(model, { transcript: [replied()] }))).toContain("two");
    expect(textOf(await call(model))).toContain("one");
  });

  it("ends with a fault that says where, and is not tried again", async () => {
    const outcome = await call(await modelOf(two), { transcript: [replied(), replied()] });
    expect(outcome).toMatchObject({ kind: "fault", fault: { reason: "script_ended", charged: "nothing" } });
    expect(textOf(outcome)).toBe("s.yaml has ended: agents[0] has 2 turns, and api asks for turn 3.");
  });

  it("calls tools with ids that no two share, and stops for them", async () => {
    const model = await modelOf("agents: [{ turns: [{ calls: [{ tool: wait }, { tool: wait, input: [1, null] }] }] }]");
    expect(await call(model)).toMatchObject({
      reply: {
        stopReason: "tool_use",
        content: [
          { type: "tool_call", id: "call-1-1", tool: "wait", input: {} },
          { id: "call-1-2", input: [1, null] },
        ],
      },
    });
  });

  it.each([
    ["{ name: api }", true],
    ["{ name: ap }", false],
    ["{ role: dev, depth: 1 }", true],
    ["{ role: dev, depth: 0 }", false],
    ["{ task: the API }", true],
    ["{ task: /^build/i }", true],
    ["{ task: /^build/ }", false],
    ["{}", true],
  ])("matches %s: %s", async (match, holds) => {
    const model = await modelOf(`agents: [{ match: ${match}, turns: [{ text: first }] }]`);
    const outcome = await call(model);
    expect(outcome.kind).toBe(holds ? "reply" : "fault");
    if (!holds) expect(textOf(outcome)).toBe("s.yaml has no entry that matches the agent api (role dev, depth 1).");
  });

  it("plays the first entry that matches", async () => {
    const model = await modelOf(
      "agents: [{ match: { role: x }, turns: [{ text: a }] }, { turns: [{ text: b }] }, { turns: [{ text: c }] }]",
    );
    expect(textOf(await call(model))).toContain("b");
  });

  it("fills placeholders in texts and inputs, and leaves escaped braces", async () => {
    const model = await modelOf(
      `agents: [{ turns: [{ text: 'I am {{agent.name}}, \\{{ matrix.os }}', calls: [
        { tool: t, input: { a: ["{{ agent.task }}"], "{{b}}": "{{agent.id}}/{{agent.depth}}" } }] }] }]`,
    );
    expect(await call(model)).toMatchObject({
      reply: {
        content: [{ text: "I am api, {{ matrix.os }}" }, { input: { a: ["Build the API."], "{{b}}": "a1/1" } }],
      },
    });
  });

  it("names the last comment of the newest request for changes", async () => {
    const model = await modelOf("agents: [{ turns: [{ text: '<{{comment.id}}>' }, { text: '<{{comment.id}}>' }] }]");
    expect(textOf(await call(model))).toContain("<>");
    const body = "Changes, please.\n\nComment aaa111 on a.ts:1\nWhy?\n\nComment bbb222 on a.ts:7\nComment on that.";
    const from = { agentId: null, name: "user", relation: "user" } as const;
    const message = { id: "m", threadId: "t", kind: "note", from, priority: "high", sentAt: 0, body } as const;
    const transcript: TranscriptEntry[] = [{ kind: "messages", messages: [message] }];
    expect(textOf(await call(model, { transcript }))).toContain("<bbb222>");
  });

  it("counts what it was not told, and charges what it was", async () => {
    const counted = await modelOf(two);
    const outcome = await call(counted);
    if (outcome.kind !== "reply") throw new Error("no reply");
    expect(outcome.reply.usage.inputTokens).toBe(countRequest(request()));
    expect(outcome.reply.usage.outputTokens).toBe(countContent(outcome.reply.content));
    expect(await counted.countInput(request())).toBe(outcome.reply.usage.inputTokens);
    const told = await modelOf("agents: [{ turns: [{ text: x, usage: { inputTokens: 7, cacheReadTokens: 3 } }] }]");
    expect(await told.countInput(request())).toBe(10);
    expect(await call(told)).toMatchObject({
      reply: { usage: { inputTokens: 7, outputTokens: 0, cacheReadTokens: 3, cacheWriteTokens: 0 } },
    });
  });

  it("has an output limit that its largest turn fits into, or the one it states", async () => {
    expect((await modelOf(two)).maxOutputTokens).toBe(4096);
    const large = await modelOf(`agents: [{ turns: [{ text: ${"x".repeat(40_000)} }] }]`);
    expect(large.maxOutputTokens).toBeGreaterThan(10_000);
    expect((await modelOf(`maxOutputTokens: 9\n${two}`)).maxOutputTokens).toBe(9);
  });

  it("lets time pass on the clock it was given", async () => {
    slept.length = 0;
    await call(await modelOf("agents: [{ turns: [{ text: x, delayMs: 250 }] }]"));
    expect(slept).toEqual([250]);
  });
});

describe("the faults of a script", () => {
  const faulty = (faults: string) => modelOf(`agents: [{ turns: [{ text: fine, faults: [${faults}] }] }]`);

  it.each([
    [429, "rate_limited"],
    [529, "overloaded"],
    [503, "overloaded"],
    [500, "server_error"],
    [504, "timed_out"],
    [401, "unauthorized"],
    [413, "context_overflow"],
    [400, "invalid_request"],
  ])("%d is %s", async (status, reason) => {
    const outcome = await call(await faulty(`{ kind: error, status: ${status}, retryAfterMs: 5 }`));
    expect(outcome).toMatchObject({ fault: { reason, charged: "nothing", retryAfterMs: 5 } });
  });

  it("are played attempt by attempt, then the turn is", async () => {
    const model = await faulty("{ kind: error, status: 500 }, { kind: cut, message: snap }");
    expect(await call(model, { attempt: 1 })).toMatchObject({ fault: { reason: "server_error" } });
    expect(await call(model, { attempt: 2 })).toMatchObject({
      fault: { reason: "stream_cut", charged: "unknown", message: "snap" },
    });
    expect(textOf(await call(model, { attempt: 3 }))).toContain("fine");
  });

  it("refuse once, and then the same turn is played", async () => {
    const model = await faulty("{ kind: refusal, text: no }");
    expect(await call(model)).toMatchObject({ reply: { stopReason: "refusal" } });
    expect(textOf(await call(model, { transcript: [replied("refusal")] }))).toContain("fine");
  });

  it("hang until the call is aborted, and reject with the signal's reason", async () => {
    const model = await faulty("{ kind: hang }");
    const controller = new AbortController();
    const hanging = model.call(request(), controller.signal);
    controller.abort(new Error("enough"));
    await expect(hanging).rejects.toThrow("enough");
    await expect(model.call(request(), controller.signal)).rejects.toThrow("enough");
  });
});

describe("opening a script", () => {
  it.each([
    ["agents: []", "s.yaml: agents: "],
    ["agents: [{ turns: [{}, {}, { calls: [{ tool: 7 }] }] }]", "s.yaml: agents[0].turns[2].calls[0].tool: "],
    ["agents: [{ turns: [{ txt: x }] }]", 's.yaml: agents[0].turns[0]: Unrecognized key: "txt"'],
    [
      "agents: [{ turns: [{ text: '{{agent.nme}}' }] }]",
      "s.yaml: agents[0].turns[0].text: unknown placeholder {{agent.nme}}",
    ],
    [
      "agents: [{ turns: [{ calls: [{ tool: t, input: { a: ['{{x}}'] } }] }] }]",
      "s.yaml: agents[0].turns[0].calls[0].input.a[0]: unknown placeholder {{x}}",
    ],
    ["agents: [{ turns: [{ faults: [{ kind: burp }] }] }]", "s.yaml: agents[0].turns[0].faults[0].kind: "],
    ["agents: [{ match: { task: /(/ }, turns: [{}] }]", "s.yaml: agents[0].match.task: Invalid regular expression"],
    ["agents: [", "s.yaml: "],
    ["a: 1\na: 2", "s.yaml: Map keys must be unique at line 2"],
    ["agents: &a [*a]", "s.yaml: "],
    ["hello", "s.yaml: the file: "],
    ["", "s.yaml: the file: "],
  ])("refuses %j in one line that names the place", async (text, words) => {
    const opened = await openText(text);
    expect(opened).toMatchObject({ ok: false, refusal: { code: "bad_input" } });
    const said = opened.ok ? "" : opened.refusal.message;
    expect(said).toContain(words);
    expect(said).not.toContain("\n");
  });

  it("refuses bad JSON, and a file that is not there", async () => {
    expect(await openText("{ nope", "s.json")).toMatchObject({ ok: false, refusal: { code: "bad_input" } });
    const missing = await provider().open("gone.yaml");
    expect(missing).toMatchObject({ ok: false, refusal: { code: "unknown_model" } });
    expect(await provider().open(".")).toMatchObject({ ok: false, refusal: { code: "unknown_model" } });
  });

  it("takes JSON with tabs, and an absolute path", async () => {
    await modelOf('{\n\t"agents": [{ "turns": [{ "text": "one" }] }]\n}', "s.json");
    const opened = await provider().open(join(folder, "s.json"));
    expect(opened).toMatchObject({ ok: true, value: { id: `script/${join(folder, "s.json")}` } });
  });
});

describe("docs/script-model", () => {
  const docs = new URL("../../../../../docs/", import.meta.url);

  it("carries the schema that the code checks by", async () => {
    const stored: unknown = JSON.parse(await readFile(new URL("script-model.schema.json", docs), "utf8"));
    expect(stored).toEqual(scriptJsonSchema());
  });

  it("shows an example that opens", async () => {
    const page = await readFile(new URL("script-model.md", docs), "utf8");
    const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? "";
    expect(example).toBe(await readFile("docs/hello.yaml", "utf8"));
    const model = await modelOf(example);
    const lead = { ...agent, depth: 0, name: "lead" };
    expect(textOf(await call(model, { agent: lead }))).toContain("I hire a writer.");
  });
});
