import { describe, expect, test } from "vitest";
import { stuckIn } from "../../../src/cli/stuck.ts";
import type { AgentTreeRow } from "../../../src/protocol/records.ts";
import { agentRow, childRow } from "./support/records.ts";

const names = (rows: readonly AgentTreeRow[], stirred: readonly string[] = []) =>
  stuckIn(rows, new Set(stirred)).map(({ name }) => name);

const lead = (rest: Parameters<typeof agentRow>[0] = {}) =>
  agentRow({ status: "waiting", waitingFor: "child", endedAt: null, ...rest });
const child = (name: string, rest: Parameters<typeof agentRow>[0] = {}) =>
  childRow(name.repeat(10), name, { endedAt: null, ...rest });
const poor = { status: "waiting", waitingFor: "budget" } as const;

describe("a team is stuck", () => {
  test.each(["budget", "attention", "provider"] as const)("when its root waits for %s", (waitingFor) => {
    expect(names([lead({ waitingFor })])).toEqual(["lead"]);
  });

  test("when its root is paused, whatever it waited for", () => {
    expect(names([lead({ status: "paused", waitingFor: null })])).toEqual(["lead"]);
  });

  test("when all that it waits for waits for the user", () => {
    expect(names([lead(), child("x", poor), child("y", { status: "paused" }), child("z")])).toEqual(["x", "y"]);
  });

  test("when its lead waits for a message of agents that wait for the user", () => {
    expect(names([lead({ waitingFor: "message" }), child("x", poor)])).toEqual(["x"]);
  });

  test("when a report lies in the inbox of a lead that waits for all of its children", () => {
    expect(names([lead({ figures: { pendingMessages: 1 } }), child("x", poor)])).toEqual(["x"]);
  });

  test("when its agents wait for messages of each other alone", () => {
    const idle = { status: "waiting", waitingFor: "message" } as const;
    expect(names([lead(), child("x", idle), child("y", idle)])).toEqual(["x", "y"]);
  });

  test("together with others that are", () => {
    const other = agentRow({ id: "eeeeeeeeee", name: "other", status: "paused", endedAt: null });
    expect(names([lead(poor), other])).toEqual(["lead", "other"]);
  });
});

describe("a team gets on by itself", () => {
  test("when it has ended, or there is none", () => {
    expect(names([])).toEqual([]);
    expect(names([agentRow(), child("x")])).toEqual([]);
  });

  test.each(["pending", "running"] as const)("while one of it is %s", (status) => {
    expect(names([lead(), child("x", poor), child("y", { status })])).toEqual([]);
  });

  test("while another team that is waited for is at work", () => {
    expect(names([lead(poor), agentRow({ id: "eeeeeeeeee", status: "running", endedAt: null })])).toEqual([]);
  });

  test("when the last child of an agent that waits for its children has ended", () => {
    expect(names([lead(), child("x"), child("y", { parentId: "x".repeat(10), ...poor })])).toEqual([]);
  });

  test("when a message came for an agent that waits for one", () => {
    const called = { status: "waiting", waitingFor: "message", figures: { pendingMessages: 1 } } as const;
    expect(names([lead(), child("x", poor), child("y", called)])).toEqual([]);
  });

  test("while an agent waits no longer than it said", () => {
    const limited = { status: "waiting", waitingFor: "message", waitsUntil: 1 } as const;
    expect(names([lead(), child("x", poor), child("y", limited)])).toEqual([]);
    expect(names([lead(), child("x", poor), child("y", { ...limited, status: "paused" })])).toEqual(["x", "y"]);
  });

  test("when something came up for an agent that its row doesn't show yet", () => {
    expect(names([lead(), child("x", poor)], ["x".repeat(10)])).toEqual([]);
    expect(names([lead(), child("x", poor)], ["aaaaaaaaaa"])).toEqual([]);
  });
});
