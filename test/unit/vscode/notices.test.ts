import { describe, expect, test } from "vitest";
import type { AgentTreeRow } from "../../../src/protocol/records.ts";
import { alertNotice, type BudgetAlert, endNotice, standingNotices } from "../../../src/vscode/notices.ts";
import { agentRow } from "./builders.ts";

const lead = agentRow({ id: "r", rootId: "r", status: "waiting", waitingFor: "child" });
const short = "The budget is too small: a model call may take $0.06, left of it: $0.05.";
const capped = "Your cap of $5.00 a day leaves no room: $4.99 are spent, a model call may take $0.06.";
const poor = { ...lead.figures, freeUsd: 50_000 };
const waiting = (changes: Partial<AgentTreeRow> = {}): AgentTreeRow =>
  agentRow({ id: "r", rootId: "r", status: "waiting", waitingFor: "budget", reason: short, figures: poor, ...changes });
const child = (changes: Partial<AgentTreeRow> = {}): AgentTreeRow =>
  waiting({ id: "w", parentId: "r", name: "writer", ...changes });

const told = (...rows: readonly AgentTreeRow[]) => standingNotices(rows, new Set(["r"]), "today");

describe("an agent that waits for budget", () => {
  test("is told where it is a lead: what it lacks, and what helps", () => {
    expect(told(waiting())).toMatchObject([
      {
        severity: "warning",
        text: "“lead” waits for budget: its next model call may take $0.06, it has $0.05 left.",
        offers: [
          { title: "Raise Budget…", command: "banyan.raiseBudget", argument: "r" },
          { title: "Show Agent", command: "banyan.showAgent", argument: "r" },
        ],
      },
    ]);
  });

  test("is not told in a window that does not follow its team", () => {
    expect(standingNotices([waiting()], new Set(["other"]), "today")).toEqual([]);
  });

  test("is the same happening until it has had another turn, or lacks something else", () => {
    const keyOf = (row: AgentTreeRow) => told(row)[0]?.key;
    expect(keyOf(waiting())).toBe(keyOf(waiting()));
    expect(keyOf(waiting())).not.toBe(keyOf(waiting({ figures: { ...poor, turns: 6 } })));
    expect(keyOf(waiting())).not.toBe(keyOf(waiting({ reason: short.replace("0.06", "0.07") })));
  });

  test("is not told where it has what it needs by now, and only queues", () => {
    expect(told(waiting({ figures: { ...poor, freeUsd: 60_000 } }))).toEqual([]);
  });

  test.each<[string, AgentTreeRow["status"], AgentTreeRow["waitingFor"]]>([
    ["is at work", "running", null],
    ["queues", "pending", null],
    ["is paused", "paused", null],
    ["waits for budget itself", "waiting", "budget"],
  ])("is not told while the agent that hired it %s", (_, status, waitingFor) => {
    const parent = agentRow({ ...lead, status, waitingFor });
    expect(told(parent, child()).filter(({ text }) => text.includes("writer"))).toEqual([]);
  });

  test("is told after a while where the agent that hired it rests", () => {
    expect(told(lead, child())).toMatchObject([
      {
        text: "“writer” (team “lead”) waits for budget: its next model call may take $0.06, it has $0.05 left.",
        mayPass: true,
      },
    ]);
    expect(told(waiting())).toMatchObject([{ mayPass: false }]);
  });

  test("is told with all others where a cap of the user's leaves no room, once a day", () => {
    const rows = [waiting({ reason: capped }), child({ reason: capped }), child({ id: "v", reason: capped })];
    const [notice, ...others] = told(...rows);
    expect(others).toEqual([]);
    expect(notice?.text).toBe(`“lead” and 2 other agents wait for budget: ${capped}`);
    expect(notice?.offers.map(({ title }) => title)).toEqual(["Open Settings", "Show Agent"]);
    expect(notice?.key).toBe(told(waiting({ reason: capped.replace("4.99", "4.98") }))[0]?.key);
    expect(notice?.key).not.toBe(standingNotices(rows, new Set(["r"]), "tomorrow")[0]?.key);
  });
});

test("an overrun below a lead is told; that of a lead is why its team failed", () => {
  const figures = { ...lead.figures, overrunUsd: 2_000 };
  const notices = told(
    { ...lead, figures },
    agentRow({ id: "w", rootId: "r", parentId: "r", name: "writer", figures }),
  );
  expect(notices.map(({ text }) => text)).toEqual([
    "“writer” was charged $0.002 more than was set aside for a model call, and was stopped.",
  ]);
  const reason = "A call cost more than its worst case.";
  expect(endNotice(agentRow({ status: "failed", reason }), false)).toMatchObject({
    severity: "warning",
    text: `“lead” failed: ${reason}`,
  });
});

describe("what a lead's budget reached", () => {
  const alert = (changes: Partial<BudgetAlert> = {}): BudgetAlert => ({
    type: "budget.alert",
    agentId: "r",
    unit: "usd",
    percent: 80,
    used: 4_010_000,
    allocated: 5_000_000,
    seq: 1,
    at: 1,
    ...changes,
  });

  test("is told in one notice: the furthest, in dollars first", () => {
    const alerts = [alert({ percent: 50 }), alert({ unit: "tokens" }), alert()];
    expect(alertNotice(lead, alerts)).toMatchObject({
      severity: "info",
      text: "“lead” has used 80 % of its budget: $4.01 of $5.00.",
    });
    const team = { ...lead, figures: { ...lead.figures, subtreeAgents: 2 } };
    expect(alertNotice(team, [...alerts, alert({ percent: 100, used: 5_000_000 })])?.text).toBe(
      "The team of “lead” has used up its budget: $5.00 of $5.00.",
    );
    const tokens = alert({ unit: "tokens", used: 8_100_000, allocated: 10_000_000 });
    expect(alertNotice(lead, [tokens])?.text).toContain("8,100,000 of 10,000,000 tokens");
  });

  test("is not told below 80 %, nor where something worse is told", () => {
    expect(alertNotice(lead, [alert({ percent: 50 })])).toBeUndefined();
    expect(alertNotice(waiting(), [alert()])).toBeUndefined();
    expect(alertNotice(agentRow(), [alert()])).toBeUndefined();
    expect(alertNotice(undefined, [alert()])).toBeUndefined();
  });
});

test("a team that the user stopped needs no notice", () => {
  expect(endNotice(agentRow({ status: "terminated" }), true)).toBeUndefined();
});
