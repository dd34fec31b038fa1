import type { AgentStatus, EndedStatus, WaitReason } from "../../protocol/words.ts";

/** What can happen to an agent. */
export type Move =
  | { readonly type: "start" }
  | {
      readonly type: "wait";
      readonly for: WaitReason;
      /** When it goes on at the latest; for as long as it takes where it is left out. */
      readonly until?: number | null;
      /** The question whose answer it waits for. */
      readonly answerTo?: string | null;
    }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "end"; readonly as: EndedStatus }
  | { readonly type: "reopen" };

/**
 * The life cycle: which status each move leads to from where. What isn't here can't happen. A paused agent resumes to
 * `pending`: it queues for a slot like a new one and goes on from its checkpoint.
 */
const moves: Readonly<Record<Move["type"], readonly AgentStatus[]>> = {
  start: ["pending", "running", "waiting"],
  wait: ["running"],
  pause: ["pending", "running", "waiting"],
  resume: ["paused"],
  end: ["pending", "running", "waiting", "paused"],
  reopen: ["completed", "failed", "terminated"],
};

export type Moved =
  | { readonly legal: true; readonly status: AgentStatus; readonly waitingFor: WaitReason | null }
  | { readonly legal: false };

/** The status after a move, or that the move isn't legal from there. Starting a running agent is resuming it after a crash. */
export function moveAgent(from: AgentStatus, move: Move): Moved {
  if (!moves[move.type].includes(from)) return { legal: false };
  return { legal: true, status: statusAfter(move), waitingFor: move.type === "wait" ? move.for : null };
}

function statusAfter(move: Move): AgentStatus {
  switch (move.type) {
    case "start":
      return "running";
    case "wait":
      return "waiting";
    case "pause":
      return "paused";
    case "resume":
    case "reopen":
      return "pending";
    case "end":
      return move.as;
  }
}
