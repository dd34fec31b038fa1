import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLogger } from "../../../src/base/log.ts";
import type { AgentTreeRow } from "../../../src/protocol/records.ts";
import { createAgentsModel, REFRESH_MS } from "../../../src/vscode/agentsModel.ts";
import { type NoticeMemory, readMemory } from "../../../src/vscode/noticeMemory.ts";
import { ALERT_MS, createTeamWatch, PATIENCE_MS } from "../../../src/vscode/teamWatch.ts";
import { agentRow, repositoryAt, stagedSession } from "./builders.ts";
import { createFakeEngine } from "./fakeEngine.ts";

const shown: string[] = [];
vi.mock("vscode", () => ({
  window: {
    showInformationMessage: async (text: string) => void shown.push(`info: ${text}`),
    showWarningMessage: async (text: string) => void shown.push(`warning: ${text}`),
  },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  shown.length = 0;
});

const reason = "The budget is too small: a model call may take $0.06, left of it: $0.05.";
const waiting = agentRow({ id: "r", rootId: "r", status: "waiting", waitingFor: "budget", reason });
const lead = {
  ...waiting,
  figures: { ...waiting.figures, freeUsd: 50_000 },
};
const working = { ...lead, status: "running", waitingFor: null, reason: null } as const;
const alert = { type: "budget.alert", agentId: "r", unit: "usd", used: 4, allocated: 5 } as const;

/** A window on the fake engine; what it remembers is handed from one to the next. */
function openWindow({
  memory = readMemory(undefined),
  rows = [lead],
}: {
  memory?: NoticeMemory;
  rows?: AgentTreeRow[];
} = {}) {
  const fake = createFakeEngine();
  fake.engine.agents.whenEnded = () => new Promise(() => {});
  fake.rows = rows;
  const { session } = stagedSession({ kind: "ready", repository: repositoryAt("/repo"), engine: fake.engine });
  const model = createAgentsModel(session, silentLogger);
  let kept = memory;
  const storage = {
    read: () => kept,
    write(next: NoticeMemory) {
      kept = next;
    },
  };
  const watch = createTeamWatch({ session, model, storage, clock: { now: () => Date.now() }, log: silentLogger });
  const settle = async () => {
    fake.fire({ type: "turn.completed", agentId: "r", turnId: "t", number: 1 });
    await vi.advanceTimersByTimeAsync(REFRESH_MS * 2);
  };
  const close = () => {
    watch.dispose();
    model.dispose();
    return kept;
  };
  return { fake, watch, settle, close };
}

describe("the notices of a window", () => {
  test("are of the teams that it follows", async () => {
    const { settle, watch } = openWindow();
    await settle();
    expect(shown).toEqual([]);
    watch.follow({ id: "r" });
    await settle();
    await settle();
    expect(shown).toEqual(["warning: “lead” waits for budget: its next model call may take $0.06, it has $0.05 left."]);
  });

  test("are told once, over a reload of the window too, and then of what is new", async () => {
    const first = openWindow();
    first.watch.follow({ id: "r" });
    await first.settle();
    const second = openWindow({ memory: first.close() });
    await second.settle();
    expect(shown).toHaveLength(1);
    second.fake.rows = [{ ...lead, reason: reason.replace("0.06", "0.08") }];
    await second.settle();
    expect(shown).toHaveLength(2);
  });

  test("tell one thing where a budget is used up and its lead waits for more", async () => {
    const { fake, watch, settle } = openWindow({ rows: [working] });
    watch.follow({ id: "r" });
    fake.fire({ ...alert, percent: 80 });
    fake.fire({ ...alert, percent: 100 });
    fake.rows = [lead];
    await settle();
    await vi.advanceTimersByTimeAsync(ALERT_MS);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(/waits for budget/);
  });

  test("tell the furthest of what a budget reached", async () => {
    const { fake, watch, settle } = openWindow({ rows: [working] });
    watch.follow({ id: "r" });
    await settle();
    fake.fire({ ...alert, percent: 50 });
    fake.fire({ ...alert, percent: 80 });
    await vi.advanceTimersByTimeAsync(ALERT_MS);
    expect(shown).toEqual(["info: “lead” has used 80 % of its budget: $0.000004 of $0.000005."]);
  });

  test("tell what may pass by itself when it has stood for a while", async () => {
    const resting = { ...working, status: "waiting", waitingFor: "child" } as const;
    const child = { ...lead, id: "w", parentId: "r", name: "writer" };
    const { fake, watch, settle } = openWindow({ rows: [resting, child] });
    watch.follow({ id: "r" });
    await settle();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS / 2);
    fake.rows = [working, child];
    await settle();
    fake.rows = [resting, child];
    await settle();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS / 2);
    expect(shown).toEqual([]);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(/^warning: “writer” \(team “lead”\) waits for budget/);
  });

  test("say how a team ended, and end with it", async () => {
    const { fake, watch, settle } = openWindow({ rows: [] });
    fake.engine.agents.whenEnded = async () => ({ ok: true, value: agentRow({ id: "r" }) });
    watch.follow({ id: "r" });
    await vi.advanceTimersByTimeAsync(0);
    expect(shown).toEqual(["info: “lead” has ended: completed."]);
    fake.rows = [lead];
    await settle();
    expect(shown).toHaveLength(1);
  });

  test("leave nothing behind when it closes", async () => {
    const { fake, watch, close } = openWindow();
    watch.follow({ id: "r" });
    fake.fire({ ...alert, percent: 80 });
    close();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("what was kept by another version is taken as far as it is understood", () => {
  expect(readMemory({ followed: ["a", 1], told: "x" })).toEqual({ followed: ["a"], told: [] });
  expect(readMemory(null)).toEqual({ followed: [], told: [] });
});
