import { describe, expect, test } from "vitest";
import { type Move, moveAgent } from "../../../../src/engine/agents/lifecycle.ts";
import { type AgentStatus, agentStatuses } from "../../../../src/protocol/words.ts";

const moves: readonly Move[] = [
  { type: "start" },
  { type: "wait", for: "message" },
  { type: "pause" },
  { type: "resume" },
  { type: "end", as: "completed" },
  { type: "end", as: "failed" },
  { type: "end", as: "terminated" },
  { type: "reopen" },
];

/** Every legal move: from, what happens, to. */
const legal: readonly (readonly [AgentStatus, string, AgentStatus])[] = [
  ["pending", "start", "running"],
  ["running", "start", "running"],
  ["waiting", "start", "running"],
  ["running", "wait", "waiting"],
  ["pending", "pause", "paused"],
  ["running", "pause", "paused"],
  ["waiting", "pause", "paused"],
  ["paused", "resume", "pending"],
  ...(["pending", "running", "waiting", "paused"] as const).flatMap((from) =>
    (["completed", "failed", "terminated"] as const).map((to) => [from, `end ${to}`, to] as const),
  ),
  ["completed", "reopen", "pending"],
  ["failed", "reopen", "pending"],
  ["terminated", "reopen", "pending"],
];

describe("the life cycle", () => {
  test("allows these moves and no other", () => {
    const allowed = agentStatuses.flatMap((from) =>
      moves.flatMap((move) => {
        const after = moveAgent(from, move);
        return after.legal ? [`${from} ${move.type === "end" ? `end ${move.as}` : move.type} ${after.status}`] : [];
      }),
    );
    expect(allowed.sort()).toEqual(legal.map((row) => row.join(" ")).sort());
  });

  test("says what a waiting agent waits for, and only then", () => {
    expect(moveAgent("running", { type: "wait", for: "child" })).toEqual({
      legal: true,
      status: "waiting",
      waitingFor: "child",
    });
    expect(moveAgent("waiting", { type: "start" })).toMatchObject({ waitingFor: null });
  });
});
