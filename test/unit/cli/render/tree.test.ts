import { describe, expect, test } from "vitest";
import { paint } from "../../../../src/cli/render/line.ts";
import { totalsOf, treeLines } from "../../../../src/cli/render/tree.ts";
import { textOf } from "../support/lines.ts";
import { agentRow, childRow } from "../support/records.ts";

const merged = { branch: "b", path: "/p", status: "merged", mergeCommit: null } as const;
const still = { ids: false, frame: null };

const team = [
  agentRow({ status: "running", figures: { turns: 4, tokens: 12_345, costUsd: 14_200 } }),
  childRow("bbbbbbbbbb", "survey-src", { worktree: merged, figures: { turns: 3, tokens: 8_000, costUsd: 8_000 } }),
  childRow("cccccccccc", "survey-base", {
    parentId: "bbbbbbbbbb",
    depth: 2,
    status: "waiting",
    waitingFor: "provider",
    figures: { turns: 1, tokens: 90, costUsd: 123 },
  }),
  childRow("dddddddddd", "survey-test", { status: "failed", reason: "the script has no reply left" }),
];

describe("the tree", () => {
  test("shows branches, states, own figures and totals", () => {
    expect(textOf(treeLines(team, still))).toBe(`
AGENT                STATUS                WORK    TURNS  TOKENS       COST
● lead               running                           4  12,345  $0.014200
├─ ✓ survey-src      completed             merged      3   8,000  $0.008000
│  └─ ◐ survey-base  waiting for provider              1      90  $0.000123
└─ ✗ survey-test     failed                            0       0  $0.000000  the script has no reply left
4 agents                                               8  20,435  $0.022323
`);
  });

  test("shows ids for commands, and no totals of one agent", () => {
    expect(textOf(treeLines([agentRow()], { ids: true, frame: null }))).toBe(`
AGENT   ID          STATUS     WORK  TURNS  TOKENS   COST
✓ lead  aaaaaaaaaa  completed            0       0  $0.00
`);
  });

  test("shows several teams, and an agent whose parent is not among them as a root", () => {
    const rows = [
      agentRow({ name: "one" }),
      agentRow({ id: "eeeeeeeeee", name: "two" }),
      agentRow({ id: "ffffffffff", name: "three", parentId: "elsewhere" }),
    ];
    expect(treeLines(rows, still).map((each) => each[0]?.text)).toEqual(["AGENT", "", "", "", "3 agents"]);
  });

  test("turns the mark of a running agent with the frames", () => {
    const [, first] = treeLines([agentRow({ status: "running" })], { ids: false, frame: 3 });
    expect(first && paint(first, false)).toContain("⠸ lead");
  });

  test("shows a name from a model as text", () => {
    const [, row] = treeLines([agentRow({ name: "\u001b[2Jevil\u202e" })], still);
    expect(row && paint(row, false)).toMatch(/^✓ evil /);
  });
});

test("totals count every agent's own figures once", () => {
  expect(totalsOf(team)).toEqual({ agents: 4, turns: 8, tokens: 20_435, costUsd: 22_323, costKnown: true });
});

test("a cost that is not known says so, and the total what is known", () => {
  const rows = [
    agentRow({ figures: { costUsd: 14_200 } }),
    childRow("bbbbbbbbbb", "local", { model: "vscode/gpt", figures: { turns: 1, tokens: 90, costKnown: false } }),
  ];
  const costs = textOf(treeLines(rows, still))
    .split("\n")
    .map((each) => /(?:at least )?\$.*|cost unknown|COST/.exec(each)?.[0]);
  expect(costs.filter((cost) => cost !== undefined)).toEqual(["COST", "$0.0142", "cost unknown", "at least $0.0142"]);
});
