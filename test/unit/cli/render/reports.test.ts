import { expect, test } from "vitest";
import { createCalls } from "../../../../src/cli/calls.ts";
import { type DemoReport, demoLines } from "../../../../src/cli/render/demo.ts";
import { teamReportLines } from "../../../../src/cli/render/team.ts";
import { textOf } from "../support/lines.ts";
import { agentRow, balance, childRow, message } from "../support/records.ts";

const done = { branch: "b", path: "/p", status: "removed", mergeCommit: "d".repeat(40) } as const;
const agents = [
  agentRow({ worktree: done, figures: { turns: 6, tokens: 13_382, costUsd: 1_427 } }),
  childRow("bbbbbbbbbb", "survey-src", { worktree: done, figures: { turns: 4, tokens: 8_694, costUsd: 960 } }),
];
const budget = [
  balance({ unit: "tokens", state: "closed", allocated: 10_000_000, used: 22_076 }),
  balance({ state: "closed", used: 2_387 }),
];
const diff = {
  baseCommit: "b".repeat(40),
  headCommit: "c".repeat(40),
  files: [{ path: "docs/survey/README.md", status: "added", previousPath: null, added: 17, deleted: 0 }],
} as const;

const report: DemoReport = {
  repository: "/tmp/banyan-demo-x/repo",
  source: "/home/una/repo",
  branch: "main",
  agents,
  messages: [message(), message({ seq: 2, senderId: "bbbbbbbbbb", kind: "report", body: "Surveyed src/." })],
  budget,
  merge: { commit: "d".repeat(40), files: ["docs/survey/README.md"] },
  diff,
  remaining: { worktrees: [], branches: ["banyan/lead-a", "banyan/survey-src-b"] },
};

test("the demo tells the whole story", () => {
  expect(textOf(demoLines(report, createCalls("npx banyan", "/tmp/banyan-demo-x/repo")))).toBe(`
Agents
  AGENT            STATUS     WORK    TURNS  TOKENS       COST
  ✓ lead           completed  merged      6  13,382  $0.001427
  └─ ✓ survey-src  completed  merged      4   8,694  $0.000960
  2 agents                               10  22,076  $0.002387

Budget
  $0.002387 of $5.00 used, $4.997613 left
  22,076 of 10,000,000 tokens used, 9,977,924 left
  Prices of offline/survey are nominal: nothing was charged for it.

Messages (2)
  you         →  lead  task    Survey this repository.
  survey-src  →  lead  report  Surveyed src/.

Merge
  ✓ dddddddddd on main
  A  docs/survey/README.md  17  +++++++++++++++++
  1 file changed, 17 lines added, 0 deleted

Left behind
  Worktrees   none
  Branches    2 branches  banyan/*
  Clone       /tmp/banyan-demo-x/repo

Try next
  npx banyan tree --repo /tmp/banyan-demo-x/repo
  npx banyan messages --repo /tmp/banyan-demo-x/repo
  npx banyan budget ${agents[0]?.id} --repo /tmp/banyan-demo-x/repo
  git -C /tmp/banyan-demo-x/repo show --stat dddddddddd
`);
});

test("a demo that merged nothing and leaves nothing says so", () => {
  const text = textOf(demoLines({ ...report, merge: null, diff: null }, null));
  expect(text).toContain("Merge\n  Nothing was merged.\n");
  expect(text).toContain("Left behind\n  Nothing: the clone is removed.\n");
  expect(text).not.toContain("Try next");
});

test("a long story is cut", () => {
  const messages = Array.from({ length: 30 }, (_, index) => message({ seq: index + 1 }));
  expect(textOf(demoLines({ ...report, messages }, null))).toContain("  … and 6 more messages\n");
});

test("a team's report says how to see the work and take it", () => {
  const lead = agentRow({ result: { status: "completed", summary: "Wrote the index.", files: [], cost: null } });
  expect(textOf(teamReportLines({ agent: lead, agents, budget, diff }, "lead", createCalls("banyan", "../x")))).toBe(`
AGENT            STATUS     WORK    TURNS  TOKENS       COST
✓ lead           completed  merged      6  13,382  $0.001427
└─ ✓ survey-src  completed  merged      4   8,694  $0.000960
2 agents                               10  22,076  $0.002387

Result    Wrote the index.
Changes   1 file changed, 17 lines added, 0 deleted
Budget    $0.002387 of $5.00 used, $4.997613 left
          22,076 of 10,000,000 tokens used, 9,977,924 left
          Prices of offline/survey are nominal: nothing was charged for it.

See it     banyan diff lead --repo ../x
Merge it   banyan merge lead --repo ../x
`);
});

test("a report of a team that changed nothing suggests no merge", () => {
  const text = textOf(
    teamReportLines(
      { agent: agentRow(), agents, budget, diff: { ...diff, files: [] } },
      "lead",
      createCalls("banyan", undefined),
    ),
  );
  expect(text).toContain("Changes   no changes\n");
  expect(text).not.toContain("Merge it");
});
