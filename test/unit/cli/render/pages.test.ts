import { describe, expect, test } from "vitest";
import { agentLines } from "../../../../src/cli/render/agent.ts";
import { balanceLines, ledgerLines, spentLines } from "../../../../src/cli/render/budget.ts";
import { patchLines, statLines } from "../../../../src/cli/render/diff.ts";
import { paint } from "../../../../src/cli/render/line.ts";
import { messageRows, namesOf } from "../../../../src/cli/render/messages.ts";
import { worktreeLines } from "../../../../src/cli/render/worktrees.ts";
import { textOf } from "../support/lines.ts";
import { agentRow, balance, childRow, message, NOON, turn, worktree } from "../support/records.ts";

const nameOf = namesOf([agentRow(), childRow("bbbbbbbbbb", "survey-src")]);
const report = message({
  seq: 2,
  senderId: "bbbbbbbbbb",
  relation: "child",
  kind: "report",
  priority: "high",
  body: "Done.\nWrote 1 page.",
});

test("messages in brief are one line each", () => {
  expect(textOf(messageRows([message(), report], nameOf, 20))).toBe(`
you         →  lead  task    Survey this reposit…
survey-src  →  lead  report  Done.
`);
});

describe("budgets", () => {
  test("are balances by agent and unit", () => {
    const rows = [
      balance({ reserved: 1_000_000, used: 500_000, ownUsed: 20_000 }),
      balance({
        agentId: "bbbbbbbbbb",
        unit: "tokens",
        state: "closed",
        allocated: 20_000,
        used: 12_345,
        ownUsed: 12_345,
      }),
    ];
    expect(textOf(balanceLines(rows, nameOf))).toBe(`
AGENT       UNIT    ALLOCATED    USED  RESERVED   FREE     OWN  STATE
lead        usd         $5.00   $0.50     $1.00  $3.50   $0.02  open
survey-src  tokens     20,000  12,345         0         12,345  closed
`);
  });

  test("say where a cost is not known, and what is known of it", () => {
    const rows = [
      balance({ used: 20_000 }),
      balance({ agentId: "bbbbbbbbbb" }),
      balance({ agentId: "bbbbbbbbbb", unit: "tokens", allocated: 20_000, used: 12_345, ownUsed: 12_345 }),
    ];
    const agents = [
      agentRow({ figures: { subtreeCostKnown: false } }),
      childRow("bbbbbbbbbb", "survey-src", { figures: { costKnown: false, subtreeCostKnown: false } }),
    ];
    expect(textOf(balanceLines(rows, nameOf, { agents }))).toBe(`
AGENT       UNIT    ALLOCATED            USED  RESERVED   FREE           OWN  STATE
lead        usd         $5.00  at least $0.02     $0.00  $4.98         $0.00  open
survey-src  usd         $5.00    cost unknown     $0.00  $5.00  cost unknown  open
survey-src  tokens     20,000          12,345         0  7,655        12,345  open
`);
  });

  test("show an overrun where there is one", () => {
    expect(textOf(balanceLines([balance({ overrun: 5 })], nameOf))).toContain("OVERRUN");
    expect(textOf(balanceLines([balance({ overrun: 5 })], nameOf))).toContain("$0.000005");
  });

  test("show what is unconfirmed where there is any", () => {
    expect(textOf(balanceLines([balance(), balance({ unconfirmed: 400 })], nameOf))).toBe(`
AGENT  UNIT  ALLOCATED   USED  RESERVED   FREE    OWN  UNCONFIRMED  STATE
lead   usd       $5.00  $0.00     $0.00  $5.00  $0.00        $0.00  open
lead   usd       $5.00  $0.00     $0.00  $5.00  $0.00      $0.0004  open
`);
  });

  test("keep what matters most in a narrow terminal", () => {
    expect(textOf(balanceLines([balance({ overrun: 5 })], nameOf, { width: 50 }))).toBe(`
AGENT  UNIT  ALLOCATED   USED   FREE    OVERRUN
lead   usd       $5.00  $0.00  $5.00  $0.000005
`);
  });

  test("stand above what all teams came to, beside the user's caps", () => {
    const day = { usd: 120_000, capUsd: 5_000_000 };
    expect(textOf(spentLines({ day, month: { usd: 3_400_000, capUsd: null } }))).toBe(`
Spent today   $0.12 of your cap of $5.00  by all teams
This month    $3.40
`);
  });

  test("have a ledger of changes", () => {
    const entry = { agentId: "aaaaaaaaaa", overrun: 0, at: NOON } as const;
    const none = { allocated: 0, reserved: 0, used: 0, ownUsed: 0 };
    const entries = [
      { ...entry, ...none, seq: 1, unit: "usd", change: "allocate", allocated: 5_000_000, reference: null },
      {
        ...entry,
        ...none,
        seq: 2,
        unit: "usd",
        change: "child_allocate",
        reserved: 1_000_000,
        reference: "bbbbbbbbbb",
      },
      {
        ...entry,
        ...none,
        seq: 3,
        unit: "tokens",
        change: "settle",
        reserved: -9_000,
        used: 80,
        ownUsed: 80,
        reference: "turn-1",
      },
      { ...entry, ...none, seq: 4, unit: "usd", change: "reallocate", allocated: 500_000, reference: "user/x" },
      {
        ...entry,
        ...none,
        seq: 5,
        unit: "usd",
        change: "reallocate",
        allocated: -1_000_000,
        reserved: -1_000_000,
        reference: "bbbbbbbbbb",
      },
    ] as const;
    expect(textOf(ledgerLines(entries, nameOf, { timeZone: "UTC" }))).toBe(`
TIME                 CHANGE       UNIT    ALLOCATED  RESERVED  USED  OWN  FOR
2026-03-01 12:00:00  allocated    usd        +$5.00
2026-03-01 12:00:00  to child     usd                  +$1.00             survey-src
2026-03-01 12:00:00  settled      tokens               -9,000   +80  +80  turn-1
2026-03-01 12:00:00  raised       usd        +$0.50                       user/x
2026-03-01 12:00:00  handed over  usd        -$1.00    -$1.00             survey-src
`);
  });
});

describe("a diff", () => {
  const files = [
    { path: "docs/a.md", status: "added", previousPath: null, added: 80, deleted: 0 },
    { path: "new.ts", status: "renamed", previousPath: "old.ts", added: 1, deleted: 1 },
    { path: "logo.png", status: "modified", previousPath: null, added: null, deleted: null },
  ] as const;

  test("in brief has bars to scale, at least one sign for whatever there is", () => {
    expect(textOf(statLines({ files }))).toBe(`
A  docs/a.md            80  ++++++++++++++++++++++++++++++++++++++++
R  old.ts → new.ts       2  +-
M  logo.png         binary
3 files changed, 81 lines added, 1 deleted
`);
  });

  test("of nothing says so", () => {
    expect(textOf(statLines({ files: [] }))).toBe("\nno changes\n");
  });

  test("as a patch is coloured by line, headers apart from content that looks like one", () => {
    const patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a\n+\tb\u001b[31m\n c\n";
    expect(patchLines(patch).map((each) => paint(each, true))).toEqual([
      "\u001b[1mdiff --git a/x b/x\u001b[0m",
      "\u001b[1m--- a/x\u001b[0m",
      "\u001b[1m+++ b/x\u001b[0m",
      "\u001b[36m@@ -1,2 +1,2 @@\u001b[0m",
      "\u001b[31m--- a\u001b[0m",
      "\u001b[32m+    b\u001b[0m",
      " c",
    ]);
  });
});

test("worktrees are listed with branch, target, merge and path", () => {
  const rows = [worktree(), worktree({ agentId: "bbbbbbbbbb", status: "merged", mergeCommit: "d".repeat(40) })];
  expect(textOf(worktreeLines(rows, nameOf))).toBe(`
AGENT       STATUS    BRANCH                  INTO  MERGE       PATH
lead        isolated  banyan/lead-aaaaaaaaaa  main              /repo/.banyan/worktrees/lead
survey-src  merged    banyan/lead-aaaaaaaaaa  main  dddddddddd  /repo/.banyan/worktrees/lead
`);
});

const noMail = { deadMessages: 0, asked: null, clashes: [] };

test("the page of an agent tells who it is, what it did and what it used", () => {
  const agent = agentRow({
    result: { status: "completed", summary: "Surveyed it.\nTwo pages.", files: ["docs/a.md"], cost: null },
    figures: { turns: 2, tokens: 2500, costUsd: 300, subtreeAgents: 2, subtreeTurns: 5, subtreeTokens: 9000 },
  });
  const turns = [
    turn(),
    turn({ number: 2, attempt: 2, costUsd: null, status: "failed", failure: "overloaded", endedAt: null }),
  ];
  const page = { agent, ancestors: [], budget: [balance()], worktree: worktree(), turns, ...noMail };
  expect(textOf(agentLines(page, nameOf, { timeZone: "UTC" }))).toBe(`
✓ lead  completed

  Id            aaaaaaaaaa
  Role          lead
  Model         offline/survey
  Parent        none: the team's root
  Task          Survey this repository.
  Started       2026-03-01 12:00:00
  Took          2.50s
  Result        Surveyed it.
                Two pages.
  Files         docs/a.md
  Own           2 turns, 2,500 tokens, $0.0003
  Incl. below   2 agents, 5 turns, 9,000 tokens, $0.00
  Left          $5.00 of $5.00
  Branch        banyan/lead-aaaaaaaaaa → main
  Worktree      isolated  /repo/.banyan/worktrees/lead

Budget
  AGENT  UNIT  ALLOCATED   USED  RESERVED   FREE    OWN  STATE
  lead   usd       $5.00  $0.00     $0.00  $5.00  $0.00  open

Turns
    #  STATUS     INPUT  CACHE  OUTPUT       COST   TOOK  END
    1  completed  1,200      0      80  $0.000152  0.04s  tool_use
  2.2  failed     1,200      0      80                    overloaded
`);
});

test("the page of an agent below others tells the way to it, what it came to, and what stands apart", () => {
  const above = [agentRow(), childRow("bbbbbbbbbb", "survey-src")];
  const agent = childRow("cccccccccc", "lexer", {
    parentId: "bbbbbbbbbb",
    depth: 2,
    status: "failed",
    result: { status: "failed", summary: "No.", files: [], cost: { usd: 2100, tokens: 10_500 } },
    figures: { turns: 3, tokens: 10_000, costUsd: 2000, costKnown: false, overrunUsd: 100, unconfirmedUsd: 400 },
  });
  const budget = [
    balance({ state: "closed", unit: "tokens", overrun: 500, unconfirmed: 4096 }),
    balance({ state: "closed", overrun: 100 }),
  ];
  const text = textOf(agentLines({ agent, ancestors: above, budget, worktree: null, turns: [], ...noMail }, nameOf));
  expect(text).toContain("  Path          lead › survey-src › lexer\n");
  expect(text).toContain("  Own           3 turns, 10,000 tokens, at least $0.002\n");
  expect(text).toContain("  Came to       $0.0021, 10,500 tokens\n");
  expect(text).toContain("  Overrun       $0.0001, 500 tokens  charged beyond what was held\n");
  expect(text).toMatch(/^ {2}Unconfirmed {3}4,096 tokens {2}held for calls that were cut off/m);
  expect(text).not.toContain("Left");
});

test("the page of an agent tells whom it asked, how long it waits, and what did not reach it", () => {
  const agent = agentRow({
    status: "waiting",
    waitingFor: "message",
    waitsUntil: NOON + 40 * 60_000,
    reason: "asked survey-src",
    figures: { pendingMessages: 3 },
  });
  const nothing = { ancestors: [], budget: [], worktree: null, turns: [] };
  const page = { agent, ...nothing, deadMessages: 1, asked: { seq: 12 }, clashes: [] };
  const text = textOf(agentLines(page, nameOf, { timeZone: "UTC" }));
  expect(text).toContain("  Question      #12\n");
  expect(text).toContain("  Waits until   2026-03-01 12:40:00\n");
  expect(text).toContain("  Messages      3 messages pending, 1 message dead\n");
});

test("what work collides with stands below its worktree, and on the page of its agent", () => {
  const clashes = new Map([["aaaaaaaaaa", [{ otherId: null, branch: "main", files: ["a", "b"] }]]]);
  expect(textOf(worktreeLines([worktree()], nameOf, clashes))).toContain("\n  ! collides with main in 2 files\n");
  const nothing = { ancestors: [], budget: [], worktree: null, turns: [] };
  const page = { agent: agentRow(), ...nothing, ...noMail, clashes: clashes.get("aaaaaaaaaa") ?? [] };
  expect(textOf(agentLines(page, nameOf))).toContain("  Collides   with main in 2 files\n");
});
