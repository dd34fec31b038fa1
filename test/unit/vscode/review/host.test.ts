import { describe, expect, test, vi } from "vitest";
import { ok, refuse } from "../../../../src/base/errors.ts";
import { Emitter } from "../../../../src/base/event.ts";
import { connectCalls } from "../../../../src/protocol/channel.ts";
import { reviewViewCalls } from "../../../../src/protocol/reviewView.ts";
import { createAgentsModel } from "../../../../src/vscode/agentsModel.ts";
import type { ReviewEditor } from "../../../../src/vscode/review/editor.ts";
import { connectReviewView } from "../../../../src/vscode/review/host.ts";
import { shownOf } from "../../../../src/vscode/review/shown.ts";
import { review } from "../../webview/review/builders.ts";
import { agentRow, repositoryAt, stagedSession } from "../builders.ts";
import { createFakeEngine } from "../fakeEngine.ts";
import { pair } from "../webviews/pair.ts";

async function openView() {
  const fake = createFakeEngine();
  fake.rows = [
    agentRow({ id: "r", rootId: "r", name: "lead", status: "completed" }),
    agentRow({ id: "o", rootId: "o", name: "other", status: "running" }),
  ];
  const ready = { kind: "ready", repository: repositoryAt("/repo"), engine: fake.engine } as const;
  const staged = stagedSession(ready);
  const failures: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (message: string) => void failures.push(message) };
  const model = createAgentsModel(staged.session, log);
  await vi.waitFor(() => expect(model.state).toBe("agents"));
  const did: string[] = [];
  const editor: ReviewEditor = {
    openLink: async (url) => void did.push(`link ${url}`),
    openAgent: async (id) => void did.push(`agent ${id}`),
    openReview: async (id) => void did.push(`review ${id}`),
    openDiff: async (id) => void did.push(`diff ${id}`),
    resolve: async (id) => {
      did.push(`resolve ${id}`);
      return refuse("conflict", "not now");
    },
    act: async (action) => void did.push(`act ${action}`),
  };
  const [ours, theirs] = pair();
  const leader = { text: undefined, onDidChange: new Emitter<void>(() => {}).event };
  const host = connectReviewView(ours, { agentId: "r", session: staged.session, model, leader, editor, log });
  const told: string[] = [];
  const hear = (name: string) => () => void told.push(name);
  const view = connectCalls(theirs, { state: hear("state"), changed: hear("changed") }, () => undefined);
  return { fake, staged, view, host, theirs, told, did, failures };
}

test("a view that is ready is told whose work it shows, and later that something changed, several things at once", async () => {
  const { view, fake, told } = await openView();
  fake.fire({ type: "review.changed", agentId: "r" });
  expect(await view.call("ready")).toEqual({ agentId: "r", state: { kind: "ready", note: null } });
  for (let count = 0; count < 20; count++) fake.fire({ type: "review.changed", agentId: "r" });
  await vi.waitFor(() => expect(told).toContain("changed"));
  expect(told.length).toBeLessThanOrEqual(2);
});

test("what happens to other agents' work is not told, a collision and a change of the window are", async () => {
  const { view, host, fake, told } = await openView();
  await view.call("ready");
  await vi.waitFor(() => expect(told).toEqual([]));
  fake.fire({ type: "review.changed", agentId: "o" });
  fake.fire({ type: "turn.completed", agentId: "o", turnId: "t", number: 1 });
  expect(told).toEqual([]);
  fake.fire({ type: "collisions.changed", agentId: null, collisions: 1 });
  await vi.waitFor(() => expect(told).toEqual(["changed"]));
  host.refresh();
  await vi.waitFor(() => expect(told).toEqual(["changed", "changed"]));
});

test("calls are about the view's own agent, whatever it sends", async () => {
  const { view, fake } = await openView();
  const asked: unknown[] = [];
  fake.engine.reviews.mark = async (command) => {
    asked.push(command);
    return ok(review());
  };
  fake.engine.reviews.file = async (agent, path) => {
    asked.push([agent, path]);
    return refuse("not_found", "no such file");
  };
  const { mark } = reviewViewCalls;
  const answer = mark.answer.parse(await view.call("mark", { path: "a", decision: "accepted" }));
  expect(answer).toMatchObject({ ok: true, value: { names: {}, mergeObstacle: null } });
  expect(await view.call("file", "a")).toEqual(refuse("not_found", "no such file"));
  expect(asked).toEqual([{ agent: "r", path: "a", decision: "accepted" }, ["r", "a"]]);
  await expect(view.call("mark", { agent: "o", path: "a", decision: "accepted" })).rejects.toThrow();
});

test("what the protocol does not say is refused and logged once", async () => {
  const { view, failures, did } = await openView();
  const wrong: readonly (readonly [string, readonly unknown[]])[] = [
    ["mark", [{ decision: "maybe" }]],
    ["mark", [{ decision: "maybe" }]],
    ["comment", [{ path: "a", line: 0, body: "x" }]],
    ["merge", [{ force: true }]],
    ["resolve", ["nobody"]],
    ["openLink", [42]],
    ["act", ["banyan.stopEverything"]],
    ["constructor", []],
  ];
  for (const [name, args] of wrong) await expect(view.call(name, ...args), name).rejects.toThrow();
  expect(did).toEqual([]);
  expect(failures.filter((failure) => /review's call/.test(failure)).length).toBeLessThanOrEqual(wrong.length * 2);
});

test("refusals come back as values, those of the merge editor too", async () => {
  const { view, did } = await openView();
  expect(await view.call("merge", { manner: "merge", acceptedOnly: false })).toMatchObject({ ok: false });
  expect(await view.call("undoMerge")).toMatchObject({ ok: false });
  expect(await view.call("resolve", "user")).toEqual(refuse("conflict", "not now"));
  expect(await view.call("resolve", "agent")).toMatchObject({ ok: false, refusal: { code: "not_found" } });
  expect(did).toEqual(["resolve r"]);
});

test("without an engine calls are refused in one line, and the view is told when there is one again", async () => {
  const { view, staged, told } = await openView();
  await view.call("ready");
  const before = staged.session.state;
  staged.move({ kind: "opening", repository: repositoryAt("/repo") });
  expect(await view.call("get")).toMatchObject({ ok: false, refusal: { code: "store_missing" } });
  expect(told).toContain("state");
  told.length = 0;
  staged.move(before);
  await vi.waitFor(() => expect(told).toEqual(expect.arrayContaining(["state", "changed"])));
});

test("what a view asked is rejected when its panel closes", async () => {
  const { view, fake, theirs } = await openView();
  fake.engine.reviews.get = () => new Promise(() => undefined);
  const asked = view.call("get");
  theirs.close();
  await expect(asked).rejects.toThrow("the connection was lost");
});

describe("why work can't be merged now", () => {
  const model = { row: (id: string) => (id === "p" ? agentRow({ id, name: "planner" }) : undefined) };
  const why = (changes: Parameters<typeof review>[0]) => shownOf(review(changes), model).mergeObstacle;

  test("is nothing where it has ended and changed files", () => expect(why({})).toBeNull());

  test("is that another agent merges it, whose name is told", () => {
    expect(why({ targetAgentId: "p" })).toMatch(/^“planner” merges this work/);
  });

  test("is that it is at work, is merged already, or changed nothing", () => {
    expect(why({ worktree: { ...review().worktree, status: "merged" } })).toBe("All of this work is in main.");
    expect(why({ agent: { ...review().agent, status: "running" } })).toMatch(/^“lead” is still at work \(running\)/);
    expect(why({ files: [] })).toBe("There is nothing to merge.");
  });
});
