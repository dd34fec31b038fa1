import { systemClock } from "../../../src/base/clock.ts";
import { ok } from "../../../src/base/errors.ts";
import type { Model, ModelProvider, ModelRequest } from "../../../src/engine/models/port.ts";
import type { ReplyEntry, TranscriptEntry } from "../../../src/protocol/transcript.ts";
import { callsIn } from "../../support/called.ts";
import { broughtBy } from "./arrivals.ts";
import { bodyOf, lettersOf, type Plan, recipientsOf, sendersOf } from "./plan.ts";

/**
 * The words of a team that floods itself with letters. A lead hires recipients and senders. Each sender sends its letters
 * and reports; each recipient waits for letters until it is told to stop. What an agent says follows from its transcript
 * alone: whoever starts again says the same.
 */

type Called = readonly [tool: string, input: Readonly<Record<string, unknown>>];

/** What a model call takes: long enough that kills come while messages are leased to one. */
const CALL_MS = 5;
/** What the lead tells all that still work, in one call, when every letter was sent. */
export const STOP = "Stop when you have read everything.";
const wait: Called = ["wait", {}];
const report: Called = ["report", { status: "completed", summary: "Done." }];

const repliesIn = (transcript: readonly TranscriptEntry[]): number =>
  transcript.reduce((count, { kind }) => (kind === "reply" ? count + 1 : count), 0);

/** What came since the last reply. */
const newest = (transcript: readonly TranscriptEntry[]): readonly TranscriptEntry[] =>
  transcript.slice(transcript.findLastIndex(({ kind }) => kind === "reply") + 1);

function senderSays(plan: Plan, name: string, transcript: readonly TranscriptEntry[]): readonly Called[] {
  const from = repliesIn(transcript) * plan.perTurn;
  const letters = lettersOf(plan, name).slice(from, from + plan.perTurn);
  if (letters.length === 0) return [report];
  return letters.map(
    (letter): Called => ["send_message", { to: letter.recipient, body: bodyOf(letter), priority: letter.priority }],
  );
}

function recipientSays(transcript: readonly TranscriptEntry[]): readonly Called[] {
  const isTold = newest(transcript).some((entry) => broughtBy(entry).some(({ body }) => body === STOP));
  return [isTold ? report : wait];
}

const hire = (name: string): Called => [
  "spawn_agent",
  { name, role: "coder", task: `Be ${name}.`, budgetUsd: "1000", budgetTokens: 1_000_000_000 },
];

/** Whom it hired stands in what `team_status` says, whatever was cut off. Nobody sends before all recipients are there. */
function leadSays(plan: Plan, transcript: readonly TranscriptEntry[]): readonly Called[] {
  const called = callsIn(transcript);
  const last = called.at(-1);
  if (last === undefined || last.tool === "spawn_agent") return [["team_status", {}]];
  if (last.tool === "team_status") {
    const missing = (names: readonly string[]) => names.filter((name) => !last.answer.includes(`"${name}"`));
    const [recipients, senders] = [missing(recipientsOf(plan)), missing(sendersOf(plan))];
    const toHire = recipients.length > 0 ? recipients : senders;
    if (toHire.length > 0) return toHire.map(hire);
  }
  if (last.tool === "send_message") return [["wait", { until: "children" }]];
  const told = called.filter(({ tool }) => tool === "send_message").length;
  if (told > 0) return [report];
  const done = new Set(transcript.flatMap(broughtBy).map(({ from }) => from.name));
  if (sendersOf(plan).some((name) => !done.has(name))) return [wait];
  return [["send_message", { to: "children", body: STOP, priority: "low" }]];
}

function says(plan: Plan, { agent, transcript }: ModelRequest): readonly Called[] {
  if (agent.depth === 0) return leadSays(plan, transcript);
  return agent.name.startsWith("s") ? senderSays(plan, agent.name, transcript) : recipientSays(transcript);
}

function replyOf(calls: readonly Called[]): ReplyEntry {
  const content = calls.map(([tool, input], index) => ({
    type: "tool_call" as const,
    id: `call-${index + 1}`,
    tool,
    input,
  }));
  const usage = { inputTokens: 10, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 };
  return { kind: "reply", content, stopReason: "tool_use", usage };
}

export function createFlood(plan: Plan): ModelProvider {
  const model: Model = {
    id: "flood/letters",
    maxOutputTokens: 100,
    countInput: async () => 100,
    async call(request, signal) {
      await systemClock.sleep(CALL_MS, signal);
      return { kind: "reply", reply: replyOf(says(plan, request)) };
    },
  };
  return { name: "flood", offers: ["letters"], open: async () => ok(model) };
}
