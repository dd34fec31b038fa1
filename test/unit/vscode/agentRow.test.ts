import { describe, expect, test } from "vitest";
import { agentStatuses } from "../../../src/protocol/words.ts";
import { presentAgent } from "../../../src/vscode/agentRow.ts";
import { agentRow } from "./builders.ts";

describe("an agent's item", () => {
  test("says state, turns, cost and role, in the order in which a narrow side bar may cut them", () => {
    const item = presentAgent(agentRow());
    expect(item.label).toBe("lead");
    expect(item.description).toBe("completed · 5 turns · $0.0123 · surveyor");
    expect(item.spoken).toBe("lead, completed, 5 turns, $0.0123, surveyor");
  });

  test("says what its work collides with right behind its state, and escapes it in the tooltip", () => {
    const item = presentAgent(agentRow(), "collides with [x](command:y) in 1 file");
    expect(item.description).toMatch(/^completed · collides with \[x\]\(command:y\) in 1 file · 5 turns/);
    expect(item.tooltip).toContain("Collides with \\[x\\]\\(command\\:y\\) in 1 file");
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

  test("tells an agent that only the user can help from others that wait", () => {
    const looks = ([null, "child", "budget", "provider", "attention"] as const).map((waitingFor) => {
      const { icon } = presentAgent(agentRow({ status: waitingFor === null ? "paused" : "waiting", waitingFor }));
      return `${icon.id} ${icon.color}`;
    });
    expect(new Set(looks).size).toBe(looks.length);
    const { description } = presentAgent(agentRow({ status: "waiting", waitingFor: "budget", role: "lead" }));
    expect(description).toBe("waiting for budget · 5 turns · $0.0123");
  });

  test("says what is left of its budget as long as it may spend it, and what stands apart where there is any", () => {
    const base = agentRow({ status: "running" });
    expect(presentAgent(base).tooltip).toContain(String.raw`- Budget: \$5\.00, \$4\.9877 left`);
    expect(presentAgent(base).tooltip).not.toMatch(/Overrun|Unconfirmed/);
    const figures = { ...base.figures, overrunUsd: 2_000, unconfirmedUsd: 10_000 };
    const { tooltip } = presentAgent({ ...base, status: "failed", figures });
    expect(tooltip).toMatch(/^- Budget: \\\$5\\\.00$/m);
    expect(tooltip).toContain(String.raw`- Overrun: \$0\.002 charged`);
    expect(tooltip).toContain(String.raw`- Unconfirmed: \$0\.01 of calls`);
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
    expect(tooltip).toMatch(/ · failed\n\nOut of budget\\\.\n/);
    expect(tooltip).toContain("`offline/survey`");
    expect(tooltip).toContain("`banyan/lead-a000000000` (isolated)");
  });
});
