import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLogger } from "../../../src/base/log.ts";
import { type AgentsChange, createAgentsModel, REFRESH_MS } from "../../../src/vscode/agentsModel.ts";
import { agentRow, repositoryAt, stagedSession } from "./builders.ts";
import { createFakeEngine } from "./fakeEngine.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const moved = { from: "running", to: "waiting", waitingFor: null, reason: null } as const;

async function begin() {
  const fake = createFakeEngine();
  fake.rows = [agentRow({ id: "a", status: "running" }), agentRow({ id: "b", parentId: "a" })];
  const { session, move } = stagedSession({ kind: "looking" });
  const model = createAgentsModel(session, silentLogger);
  const changes: AgentsChange[] = [];
  model.onDidChange((change) => void changes.push(change));
  const open = async () => {
    move({ kind: "ready", repository: repositoryAt("/repo"), engine: fake.engine });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    changes.length = 0;
    fake.calls.length = 0;
  };
  return { fake, model, move, changes, open };
}

describe("the model of the tree", () => {
  test("is loading until the engine has answered", async () => {
    const { model, move, fake } = await begin();
    expect(model.state).toBe("loading");
    move({ kind: "ready", repository: repositoryAt("/repo"), engine: fake.engine });
    expect(model.state).toBe("loading");
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(model.state).toBe("agents");
    expect(model.children(null).map(({ id }) => id)).toEqual(["a"]);
    expect(model.children("a").map(({ id }) => id)).toEqual(["b"]);
  });

  test("reads the tree at most twice for a burst of events, and tells only what changed", async () => {
    const { fake, changes, open } = await begin();
    await open();
    fake.rows = fake.rows.map((row) => (row.id === "a" ? { ...row, status: "completed" as const } : row));
    for (let i = 0; i < 100; i++) fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    await vi.advanceTimersByTimeAsync(REFRESH_MS * 3);
    expect(fake.calls.filter((call) => call === "tree")).toEqual(["tree", "tree"]);
    expect(changes[0]).toEqual({ tree: { kind: "some", ids: ["a"] }, touched: new Set(["a"]) });
  });

  test("names agents that something happened to, the recipient of a message too", async () => {
    const { fake, changes, open } = await begin();
    await open();
    const message = { messageId: "m", kind: "note", priority: "normal" } as const;
    fake.fire({ type: "message.sent", agentId: null, recipientId: "b", ...message });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(changes).toEqual([{ tree: { kind: "none" }, touched: new Set(["b"]) }]);
  });

  test("keeps what it shows and says what is wrong when the tree can't be read, and recovers", async () => {
    const { fake, model, open } = await begin();
    await open();
    fake.fault = new Error("the store stopped");
    fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(model.state).toBe("broken");
    expect(model.problem).toBe("The agents could not be read: the store stopped");
    expect(model.rows).toHaveLength(2);
    fake.fault = undefined;
    fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(model.state).toBe("agents");
  });

  test("keeps what it shows while the process that leads is replaced, and asks the next one", async () => {
    const { fake, model, changes, open } = await begin();
    await open();
    fake.play({ kind: "between" });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(fake.calls).toEqual([]);
    expect(model.state).toBe("agents");
    fake.rows = fake.rows.slice(0, 1);
    fake.play({ kind: "client", leader: "a terminal (process 7)" });
    expect(model.rows).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(fake.calls).toEqual(["tree", "collisions"]);
    expect(model.rows).toHaveLength(1);
    expect(changes).toHaveLength(1);
  });

  test("forgets the agents of a repository that is no longer open, and hears no more of it", async () => {
    const { fake, model, move, open } = await begin();
    await open();
    move({ kind: "noFolder" });
    expect(model.state).toBe("noFolder");
    expect(model.rows).toEqual([]);
    fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(fake.calls).toEqual([]);
  });

  test("offers the demo where no agent ever worked", async () => {
    const { model, move } = await begin();
    move({ kind: "noStore", repository: repositoryAt("/repo", { hasStore: false }) });
    expect(model.state).toBe("noAgents");
  });

  test("leaves no timer behind", async () => {
    const { model, fake, open } = await begin();
    await open();
    fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    model.dispose();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("what work collides with", () => {
  const collision = { agentId: "a", otherId: "b", otherBranch: "x", files: ["f"] };

  test("is read when it changed, and draws the agents that it is between", async () => {
    const { fake, model, changes, open } = await begin();
    await open();
    fake.collisions = [collision];
    fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(fake.calls).toEqual(["tree"]);
    fake.fire({ type: "collisions.changed", agentId: null, collisions: 1 });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(fake.calls).toEqual(["tree", "tree", "collisions"]);
    expect(changes.at(-1)?.tree).toEqual({ kind: "some", ids: ["a", "b"] });
    expect(model.clashes("b")).toMatchObject([{ otherId: "a", files: ["f"] }]);
    fake.collisions = [];
    fake.fire({ type: "collisions.changed", agentId: null, collisions: 0 });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(changes.at(-1)?.tree).toEqual({ kind: "some", ids: ["a", "b"] });
    expect(model.clashes("a")).toEqual([]);
  });

  test("stays as it was told where it can't be read, and is read again with the next change", async () => {
    const { fake, model, open } = await begin();
    fake.collisions = [collision];
    await open();
    const { collisions } = fake.engine.worktrees;
    Object.assign(fake.engine.worktrees, { collisions: () => Promise.reject(new Error("gone")) });
    fake.fire({ type: "collisions.changed", agentId: null, collisions: 0 });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(model.clashes("a")).toHaveLength(1);
    Object.assign(fake.engine.worktrees, { collisions });
    fake.collisions = [];
    fake.fire({ type: "agent.moved", agentId: "a", ...moved });
    await vi.advanceTimersByTimeAsync(REFRESH_MS);
    expect(model.clashes("a")).toEqual([]);
  });
});

test("a row is found in a tree of 10,000 without going through it", async () => {
  const { fake, model, open } = await begin();
  fake.rows = Array.from({ length: 10_000 }, (_, index) =>
    agentRow({ id: `n${index}`, parentId: index === 0 ? null : `n${Math.floor((index - 1) / 10)}` }),
  );
  await open();
  let children = 0;
  for (const { id } of fake.rows) children += model.children(id).length + (model.row(id) === undefined ? 1 : 0);
  expect(children).toBe(9_999);
});
