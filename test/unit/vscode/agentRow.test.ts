import { describe, expect, test } from "vitest";
import { agentStatuses } from "../../../src/protocol/words.ts";
import { canDiff, canMerge, canStop, liveBelow, presentAgent } from "../../../src/vscode/agentRow.ts";
import { agentRow } from "./builders.ts";

const worktree = (changes: object) => {
  const base = { branch: "banyan/x", path: "/w/x", status: "isolated", mergeCommit: null } as const;
  return { ...base, ...changes };
};

describe("an agent's item", () => {
  test("says state, turns, cost and role, in the order in which a narrow side bar may cut them", () => {
    const item = presentAgent(agentRow());
    expect(item.label).toBe("lead");
    expect(item.description).toBe("completed · 5 turns · $0.0123 · surveyor");
    expect(item.spoken).toBe("lead, completed, 5 turns, $0.0123, surveyor");
  });

  test("does not say a role that is the agent's name", () => {
    expect(presentAgent(agentRow({ name: "lead", role: "lead" })).description).toBe("completed · 5 turns · $0.0123");
  });

  test("says what a waiting agent waits for", () => {
    expect(presentAgent(agentRow({ status: "waiting", waitingFor: "child" })).description).toMatch(
      /^waiting for child · /,
    );
  });

  test("has an icon of its own for every state", () => {
    const icons = agentStatuses.map((status) => presentAgent(agentRow({ status })).icon.id);
    expect(new Set(icons).size).toBe(agentStatuses.length);
    expect(presentAgent(agentRow({ status: "running" })).icon.id).toBe("loading~spin");
  });

  test("keeps own cost and the cost of all below apart", () => {
    const base = agentRow();
    const row = { ...base, figures: { ...base.figures, subtreeAgents: 3, subtreeCostUsd: 2_500_000 } };
    expect(presentAgent(row).tooltip).toContain(String.raw`Cost: \$0\.0123 own, \$2\.50 with all below`);
    expect(presentAgent(base).tooltip).toContain("- Cost: \\$0\\.0123\n");
  });

  test("says where a cost is not known", () => {
    const base = agentRow();
    const figures = { ...base.figures, costUsd: 0, costKnown: false, subtreeAgents: 2, subtreeCostKnown: false };
    const { description, tooltip } = presentAgent({ ...base, figures });
    expect(description).toContain(" · cost unknown");
    expect(tooltip).toContain(String.raw`Cost: cost unknown own, at least \$0\.0123 with all below`);
  });

  test("shows a hostile task, name, role and reason in its tooltip as text", () => {
    const evil = "<img src=x> [go](command:evil) ![p](https://e.vil/p)";
    const { tooltip, label } = presentAgent(agentRow({ task: `${evil}\n# x`, name: evil, role: evil, reason: evil }));
    expect(tooltip).not.toMatch(/<img|\]\(|!\[/);
    expect(label).not.toContain("\n");
  });

  test("names model, branch, state of the worktree, and the reason", () => {
    const { tooltip } = presentAgent(agentRow({ status: "failed", reason: "out of budget" }));
    expect(tooltip).toContain("failed\\: out of budget");
    expect(tooltip).toContain("`offline/survey`");
    expect(tooltip).toContain("`banyan/lead-a000000000` (isolated)");
  });
});

describe("what can be done with an agent", () => {
  test.each([
    [agentRow(), "agent.root.ended.work", { stop: false, diff: true, merge: true }],
    [agentRow({ parentId: "b" }), "agent.child.ended.work", { stop: false, diff: true, merge: false }],
    [agentRow({ status: "running" }), "agent.root.live.work", { stop: true, diff: true, merge: false }],
    [
      agentRow({ status: "pending", worktree: null }),
      "agent.root.live.none",
      { stop: true, diff: false, merge: false },
    ],
    [
      agentRow({ worktree: worktree({ status: "creating" }) }),
      "agent.root.ended.none",
      { stop: false, diff: false, merge: false },
    ],
    [
      agentRow({ worktree: worktree({ status: "removed", mergeCommit: "abc" }) }),
      "agent.root.ended.merged",
      { stop: false, diff: true, merge: false },
    ],
    [
      agentRow({ worktree: worktree({ status: "conflicted" }) }),
      "agent.root.ended.work",
      { stop: false, diff: true, merge: true },
    ],
  ])("stands in its context value", (row, contextValue, can) => {
    expect(presentAgent(row).contextValue).toBe(contextValue);
    expect({ stop: canStop(row), diff: canDiff(row), merge: canMerge(row) }).toEqual(can);
  });
});

test("counts the live agents below one, through an ended one between", () => {
  const rows = [
    agentRow({ id: "a", status: "running" }),
    agentRow({ id: "b", parentId: "a", status: "completed" }),
    agentRow({ id: "c", parentId: "b", status: "running" }),
    agentRow({ id: "d", parentId: "a", status: "waiting" }),
    agentRow({ id: "e", status: "running" }),
  ];
  expect(liveBelow(rows, "a")).toBe(2);
  expect(liveBelow(rows, "e")).toBe(0);
});
