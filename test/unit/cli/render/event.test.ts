import { expect, test } from "vitest";
import { createEventLog } from "../../../../src/cli/render/event.ts";
import { plain } from "../../../../src/cli/render/line.ts";
import type { EngineEvent, EngineEventBody } from "../../../../src/protocol/events.ts";
import { NOON } from "../support/records.ts";

const events: readonly EngineEventBody[] = [
  { type: "agent.spawned", agentId: "a", parentId: null, name: "lead" },
  { type: "message.sent", agentId: null, messageId: "m", recipientId: "a", kind: "task", priority: "normal" },
  { type: "agent.moved", agentId: "a", from: "pending", to: "running", waitingFor: null, reason: null },
  { type: "worktree.moved", agentId: "a", to: "isolated", reason: null },
  { type: "agent.spawned", agentId: "b", parentId: "a", name: "survey-src" },
  {
    type: "turn.replied",
    agentId: "b",
    turnId: "t",
    number: 1,
    tools: ["search", "read_file", "read_file"],
    tokens: 9,
    costUsd: 1,
  },
  { type: "turn.replied", agentId: "b", turnId: "t", number: 2, tools: ["wait"], tokens: 9, costUsd: 1 },
  { type: "turn.failed", agentId: "b", turnId: "t", number: 3, failure: "over\nloaded" },
  { type: "turn.completed", agentId: "b", turnId: "t", number: 2 },
  {
    type: "turn.replied",
    agentId: "b",
    turnId: "t",
    number: 3,
    tools: ["write_file", "edit_file"],
    tokens: 9,
    costUsd: 1,
  },
  { type: "agent.moved", agentId: "b", from: "running", to: "waiting", waitingFor: "provider", reason: null },
  { type: "message.sent", agentId: "b", messageId: "m", recipientId: "a", kind: "question", priority: "high" },
  { type: "budget.refused", agentId: "b", missing: "$1.00" },
  { type: "agent.moved", agentId: "b", from: "running", to: "completed", waitingFor: null, reason: "done" },
  { type: "message.sent", agentId: "b", messageId: "m", recipientId: "a", kind: "report", priority: "normal" },
  { type: "message.processed", agentId: "a", messageId: "m" },
  { type: "worktree.moved", agentId: "b", to: "merged", reason: null },
  { type: "worktree.moved", agentId: "b", to: "removed", reason: null },
  { type: "worktree.moved", agentId: "a", to: "conflicted", reason: "both changed x" },
  { type: "agent.moved", agentId: "a", from: "running", to: "failed", waitingFor: null, reason: "no\u001b[2J budget" },
];

test("events become lines with the time, who, and what a reader wants to know", () => {
  const describe = createEventLog(NOON);
  const told = events.flatMap((body, index) => {
    const event: EngineEvent = { ...body, seq: index + 1, at: NOON + index * 420 };
    const line = describe(event);
    return line === undefined ? [] : [plain(line)];
  });
  expect(`\n${told.join("\n")}\n`).toBe(`
  +0.00s  lead                started
  +0.84s  lead                running
  +1.68s  survey-src          hired by lead
  +2.10s  survey-src          read 2 files, searched
  +2.94s  survey-src          turn 3 failed: over loaded
  +3.78s  survey-src          wrote 1 file, edited 1 file
  +4.20s  survey-src          waiting for provider
  +4.62s  survey-src          asked lead
  +5.04s  survey-src          budget refused: $1.00
  +5.46s  survey-src          completed
  +5.88s  survey-src          reported to lead
  +6.72s  survey-src          merged
  +7.56s  lead                conflicted: both changed x
  +7.98s  lead                failed: no budget
`);
});

test("what becomes of money, time and agents is told", () => {
  const known = [
    { id: "a", name: "lead" },
    { id: "b", name: "survey-src" },
    { id: "c", name: "middle" },
  ];
  const moved = { type: "agent.moved", agentId: "b", waitingFor: null } as const;
  const bodies: readonly EngineEventBody[] = [
    { type: "budget.raised", agentId: "b", usd: 500_000, tokens: 0 },
    { type: "budget.raised", agentId: "b", usd: 500_000, tokens: 1000 },
    { type: "budget.alert", agentId: "a", unit: "usd", percent: 80, used: 800_000, allocated: 1_000_000 },
    { type: "budget.alert", agentId: "a", unit: "tokens", percent: 100, used: 5000, allocated: 5000 },
    { ...moved, from: "running", to: "paused", reason: "let me look" },
    { ...moved, from: "paused", to: "pending", reason: null },
    { ...moved, from: "failed", to: "pending", reason: "got more work" },
    { type: "agent.handed_over", agentId: "b", from: "c", to: "a" },
  ];
  const describe = createEventLog(NOON, known);
  const told = bodies.flatMap((body, index) => describe({ ...body, seq: index, at: NOON }) ?? []);
  expect(told.flatMap(({ text, tone }) => (tone === "dim" || text.trim() === "" ? [] : text))).toEqual([
    ...["survey-src", "budget raised by $0.50"],
    ...["survey-src", "budget raised by $0.50 and 1,000 tokens"],
    ...["lead", "80 % of its budget used: $0.80 of $1.00"],
    ...["lead", "100 % of its tokens used: 5,000 of 5,000"],
    ...["survey-src", "paused: let me look"],
    ...["survey-src", "resumed"],
    ...["survey-src", "reopened: got more work"],
    ...["survey-src", "handed over from middle to lead"],
  ]);
});

test("what becomes of messages is told, and how long is waited for one", () => {
  const known = [
    { id: "a", name: "lead" },
    { id: "b", name: "survey-src" },
  ];
  const of = { agentId: "b", messageId: "m" } as const;
  const sent = { agentId: "b", messageId: "m", recipientId: "a", priority: "normal" } as const;
  const bodies: readonly EngineEventBody[] = [
    {
      type: "agent.moved",
      agentId: "b",
      from: "running",
      to: "waiting",
      waitingFor: "message",
      waitsUntil: NOON + 40 * 60_000,
      reason: "asked lead",
    },
    { type: "message.sent", ...sent, kind: "answer" },
    { type: "message.sent", ...sent, kind: "note" },
    { type: "message.delivered", agentId: "b", messageIds: ["m"] },
    { type: "message.returned", ...of, error: null, dueAt: NOON },
    { type: "message.returned", ...of, error: "not\u001b[2J\nreadable", dueAt: NOON + 1500 },
    { type: "message.dead", ...of, senderId: "a", error: "not readable" },
    { type: "message.dead", ...of, senderId: null, error: "not readable" },
    { type: "message.sent_again", ...of },
    { type: "message.discarded", ...of },
  ];
  const describe = createEventLog(NOON, known, "UTC");
  const told = bodies.flatMap((body, index) => describe({ ...body, seq: index, at: NOON })?.at(-1)?.text ?? []);
  expect(told).toEqual([
    "waiting for a message until 12:40: asked lead",
    "answered lead",
    "note to lead",
    "a message could not be delivered, the next try is in 1.50s: not readable",
    "a message from lead is dead: not readable",
    "a message from you is dead: not readable",
    "a dead message is sent again",
    "a dead message is discarded",
  ]);
});

test("what goes on before a worktree is ready is told", () => {
  const describe = createEventLog(NOON);
  const moved = { type: "worktree.moved", agentId: "a", seq: 1, at: NOON } as const;
  const line = describe({ ...moved, to: "creating", reason: "setting up\u001b[2J its worktree" });
  expect(line && plain(line)).toMatch(/ a +setting up its worktree$/);
  expect(describe({ ...moved, to: "isolated", reason: null })).toBeUndefined();
});

test("agents that were there before are known by name", () => {
  const describe = createEventLog(NOON, [{ id: "a", name: "a-name-that-is-quite-long" }]);
  const line = describe({
    type: "worktree.moved",
    agentId: "a",
    to: "merged",
    reason: null,
    seq: 1,
    at: NOON - 5,
  });
  expect(line && plain(line)).toBe("  +0.00s  a-name-that-is-quite-long  merged");
});
