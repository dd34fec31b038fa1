import { describe, expect, test } from "vitest";
import { paint } from "../../../../src/cli/render/line.ts";
import { totalsOf, treeLines } from "../../../../src/cli/render/tree.ts";
import { textOf } from "../support/lines.ts";
import { agentRow, childRow, NOON } from "../support/records.ts";

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

const deep = [
  agentRow({
    status: "waiting",
    waitingFor: "child",
    figures: {
      turns: 4,
      tokens: 12_345,
      costUsd: 14_200,
      subtreeAgents: 3,
      subtreeCostUsd: 22_323,
      subtreeCostKnown: false,
    },
  }),
  childRow("bbbbbbbbbb", "parser", {
    status: "waiting",
    waitingFor: "budget",
    reason: "The budget is too small.",
    figures: { turns: 3, tokens: 8000, costUsd: 8000, subtreeAgents: 2, subtreeCostUsd: 8123, subtreeCostKnown: false },
  }),
  childRow("cccccccccc", "lexer", {
    parentId: "bbbbbbbbbb",
    depth: 2,
    status: "paused",
    reason: "let me look",
    figures: { turns: 2, costKnown: false, subtreeCostKnown: false, costUsd: 123, overrunUsd: 50, unconfirmedUsd: 400 },
  }),
];

describe("the tree", () => {
  test("shows what an agent cost with all below it apart, which the totals leave out", () => {
    expect(textOf(treeLines(deep, still))).toBe(`
AGENT          STATUS                WORK  TURNS  TOKENS         COST  INCL. BELOW
◐ lead         waiting for children            4  12,345    $0.014200  ≥ $0.022323
└─ ◐ parser    waiting for budget              3   8,000    $0.008000  ≥ $0.008123  The budget is too small.
   └─ ◑ lexer  paused                          2       0  ≥ $0.000123               $0.00005 overrun; $0.0004 unconfirmed; let me look
3 agents                                       9  20,345  ≥ $0.022323
`);
  });

  test("shows notes below the lines, and fewer columns, where there is no room", () => {
    expect(textOf(treeLines(deep, { ids: true, frame: null, width: 64 }))).toBe(`
AGENT          STATUS                       COST  INCL. BELOW
◐ lead         waiting for children    $0.014200  ≥ $0.022323
└─ ◐ parser    waiting for budget      $0.008000  ≥ $0.008123
   │  The budget is too small.
   └─ ◑ lexer  paused                ≥ $0.000123
         $0.00005 overrun; $0.0004 unconfirmed; let me look
3 agents                             ≥ $0.022323
`);
  });

  test("keeps the ids longest where a name alone names several agents", () => {
    const rows = [agentRow(), agentRow({ id: "eeeeeeeeee" })];
    expect(textOf(treeLines(rows, { ids: true, frame: null, width: 40 }))).toBe(`
AGENT     ID          STATUS      COST
✓ lead    aaaaaaaaaa  completed  $0.00
✓ lead    eeeeeeeeee  completed  $0.00
2 agents                         $0.00
`);
  });

  test("says where a cost is not known at all", () => {
    const [, row] = treeLines([agentRow({ figures: { turns: 2, costKnown: false } })], still);
    expect(row && paint(row, false)).toMatch(/ cost unknown$/);
  });

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

  test("tells what did not reach an agent, how long it waits, and whom it asked", () => {
    const waits = { status: "waiting", waitingFor: "message", waitsUntil: NOON } as const;
    const rows = [
      agentRow({ figures: { pendingMessages: 2 } }),
      childRow("bbbbbbbbbb", "asking", { ...waits, awaitsAnswerTo: "m", reason: "asked lead" }),
      childRow("cccccccccc", "waiting", { ...waits, reason: "not told" }),
      childRow("dddddddddd", "beginning", { status: "pending", figures: { pendingMessages: 1 } }),
    ];
    const dead = new Map([["aaaaaaaaaa", 1]]);
    const ends = (block: ReturnType<typeof treeLines>) =>
      block.map((each) => /\$0\.00 +(.*?)(\d\d:\d\d)?$/.exec(paint(each, false))?.[1]);
    expect(ends(treeLines(rows, { ids: false, frame: null, dead })).slice(1, 5)).toEqual([
      "2 messages unread; 1 message dead",
      "asked lead, until ",
      "until ",
      undefined,
    ]);
    expect(ends(treeLines(rows, { ids: false, frame: 1 }))[1]).toBeUndefined();
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
    .map((each) => /(?:≥ )?\$.*|cost unknown|COST/.exec(each)?.[0]);
  expect(costs.filter((cost) => cost !== undefined)).toEqual(["COST", "$0.0142", "cost unknown", "≥ $0.0142"]);
});

test("a row says what its agent's work collides with", () => {
  const clashes = new Map([["bbbbbbbbbb", [{ otherId: "dddddddddd", branch: "", files: ["a"] }]]]);
  const rows = treeLines(team, { ...still, clashes });
  expect(textOf(rows)).toMatch(/survey-src .*collides with survey-test in 1 file\n/);
});
