import { expect, test, vi } from "vitest";
import { ok, refuse } from "../../../../src/base/errors.ts";
import { Emitter } from "../../../../src/base/event.ts";
import { connectCalls } from "../../../../src/protocol/channel.ts";
import { messagesViewCalls } from "../../../../src/protocol/messagesView.ts";
import { createAgentsModel } from "../../../../src/vscode/agentsModel.ts";
import type { MessagesEditor } from "../../../../src/vscode/messages/editor.ts";
import { connectMessagesView } from "../../../../src/vscode/messages/host.ts";
import { agentRow, repositoryAt, stagedSession } from "../builders.ts";
import { createFakeEngine } from "../fakeEngine.ts";
import { pair } from "../webviews/pair.ts";

async function openView() {
  const fake = createFakeEngine();
  fake.rows = [agentRow({ id: "r", rootId: "r", status: "running" })];
  const ready = { kind: "ready", repository: repositoryAt("/repo"), engine: fake.engine } as const;
  const staged = stagedSession(ready);
  const failures: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (message: string) => void failures.push(message) };
  const model = createAgentsModel(staged.session, log);
  await vi.waitFor(() => expect(model.state).toBe("agents"));
  const did: string[] = [];
  const editor: MessagesEditor = {
    openLink: async (url) => void did.push(`link ${url}`),
    openAgent: async (id) => void did.push(`agent ${id}`),
    openWhole: async (id) => refuse("not_found", `no ${id}`),
    act: async (action) => void did.push(`act ${action}`),
  };
  const [ours, theirs] = pair();
  const leader = { text: undefined, onDidChange: new Emitter<void>(() => {}).event };
  const host = connectMessagesView(ours, { session: staged.session, model, leader, editor, log });
  const told: (readonly [string, unknown])[] = [];
  const hear = (name: string) => (argument: unknown) => void told.push([name, argument]);
  const view = connectCalls(
    theirs,
    { state: hear("state"), changed: hear("changed"), show: hear("show") },
    () => undefined,
  );
  return { fake, staged, view, host, told, did, failures };
}

test("a view that is ready is told the state, and then what changes, several things at once", async () => {
  const { view, fake, told } = await openView();
  fake.fire({ type: "message.processed", agentId: "r", messageId: "before" });
  expect(await view.call("ready")).toEqual({ kind: "ready", note: null });
  fake.fire({ type: "message.processed", agentId: "r", messageId: "a" });
  fake.fire({ type: "message.delivered", agentId: "r", messageIds: ["b", "a"] });
  fake.fire({ type: "turn.completed", agentId: "r", turnId: "t", number: 1 });
  const changes = () => told.filter(([name]) => name === "changed").map(([, change]) => change);
  await vi.waitFor(() => expect(JSON.stringify(changes())).toMatch(/null|"a"/));
  expect(changes().length).toBeLessThanOrEqual(2);
});

test("that an agent stands otherwise is told when whoever asks gets it as it is", async () => {
  const { view, fake, told } = await openView();
  await view.call("ready");
  fake.fire({ type: "message.processed", agentId: "r", messageId: "first" });
  await vi.waitFor(() => expect(told.some(([name]) => name === "changed")).toBe(true));
  told.length = 0;
  fake.rows = [agentRow({ id: "r", rootId: "r", status: "failed" })];
  fake.fire({ type: "agent.moved", agentId: "r", from: "running", to: "failed", waitingFor: null, reason: null });
  await vi.waitFor(() => expect(told).toContainEqual(["changed", { messages: [], agents: true }]));
  const { agents } = messagesViewCalls;
  const found = agents.answer.parse(await view.call(agents.name, "r"));
  expect(found.ok && found.value.map(({ status }) => status)).toEqual(["failed"]);
});

test("what the protocol does not say is refused and logged once", async () => {
  const { view, failures, did } = await openView();
  const wrong: readonly (readonly [string, readonly unknown[]])[] = [
    ["threads", [{ limit: 1_000_000 }]],
    ["threads", ["; DROP TABLE messages"]],
    ["send", [{ to: "lead", body: "x", from: "somebody else" }]],
    ["openLink", [42]],
    ["openAgent", []],
    ["act", ["banyan.stopEverything"]],
    ["constructor", []],
    ["eval", ["1"]],
  ];
  for (const [name, args] of wrong) await expect(view.call(name, ...args), name).rejects.toThrow();
  expect(did).toEqual([]);
  expect(failures.filter((failure) => /messages view/.test(failure)).length).toBeLessThanOrEqual(wrong.length * 2);
});

test("calls go to the engine, and its refusals come back", async () => {
  const { view, fake } = await openView();
  fake.engine.messages.threads = async () => ok({ threads: [], more: false });
  const { threads, sendAgain, agents } = messagesViewCalls;
  expect(threads.answer.parse(await view.call(threads.name, { limit: 10 }))).toEqual(ok({ threads: [], more: false }));
  expect(sendAgain.answer.parse(await view.call(sendAgain.name, "m"))).toMatchObject({ ok: false });
  const found = agents.answer.parse(await view.call(agents.name, "LEAD"));
  expect(found.ok && found.value.map(({ id, team }) => [id, team])).toEqual([["r", "lead"]]);
});

test("without an engine calls are refused in one line, and the view is told when there is one again", async () => {
  const { view, staged, told } = await openView();
  await view.call("ready");
  const before = staged.session.state;
  staged.move({ kind: "opening", repository: repositoryAt("/repo") });
  expect(await view.call("threads", { limit: 10 })).toMatchObject({ ok: false, refusal: { code: "store_missing" } });
  expect(told.at(-1)).toEqual(["state", { kind: "wait", text: "Opening the repository…" }]);
  staged.move(before);
  await vi.waitFor(() =>
    expect(told.filter(([name]) => name === "state").at(-1)?.[1]).toMatchObject({ kind: "ready" }),
  );
  await vi.waitFor(() => expect(told).toContainEqual(["changed", { messages: null, agents: true }]));
});

test("where the user is led is told once the view is ready", async () => {
  const { view, host, told } = await openView();
  host.show({ kind: "message", place: { id: "m", threadId: "t", seq: 7 } });
  expect(told).toEqual([]);
  await view.call("ready");
  await vi.waitFor(() => expect(told.filter(([name]) => name === "show")).toHaveLength(1));
});
