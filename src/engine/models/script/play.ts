import type { ContentBlock, ReplyEntry, TranscriptEntry, Usage } from "../../../protocol/transcript.ts";
import { countedReply, countRequest, countTokens } from "../counting.ts";
import type { FaultReason, ModelFault, ModelOutcome, ModelRequest } from "../port.ts";
import { fillText, fillValue } from "./placeholders.ts";
import { type Script, type ScriptFault, type ScriptMatch, type ScriptTurn, taskMatches } from "./schema.ts";

/** What one call leads to, after the delay. */
export interface Play {
  readonly delayMs: number;
  /** null hangs until the call is aborted. */
  readonly outcome: ModelOutcome | null;
}

/** What the script answers to a request: a pure function, so that it goes on after a restart as before. */
export function playScript(script: Script, file: string, request: ModelRequest): Play {
  const found = findTurn(script, file, request);
  if ("fault" in found) return { delayMs: 0, outcome: { kind: "fault", fault: found.fault } };
  const { turn } = found;
  const fault = turn.faults[attemptOf(request) - 1];
  if (fault !== undefined) return playFault(fault, turn, request);
  return { delayMs: turn.delayMs ?? 0, outcome: { kind: "reply", reply: replyOf(turn, request) } };
}

/** Tokens that the input of a request is charged: what the script states, or its real text. */
export function countScripted(script: Script, file: string, request: ModelRequest): number {
  const found = findTurn(script, file, request);
  const usage = "turn" in found ? found.turn.usage : undefined;
  if (usage === undefined) return countRequest(request);
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

const LEAST_OUTPUT_TOKENS = 4096;
/** For what the placeholders of a turn stand for. */
const ROOM_FOR_VALUES = 1024;

/** The most that one reply may hold: what the script states or, with room, what its largest turn needs. */
export function outputLimit(script: Script): number {
  const turns = script.agents.flatMap(({ turns }) => turns);
  const needed = turns.map((turn) => turn.usage?.outputTokens ?? countTokens(JSON.stringify(turn)) + ROOM_FOR_VALUES);
  return script.maxOutputTokens ?? Math.max(LEAST_OUTPUT_TOKENS, ...needed);
}

function findTurn(
  script: Script,
  file: string,
  { agent, transcript }: ModelRequest,
): { readonly turn: ScriptTurn } | { readonly fault: ModelFault } {
  const entry = script.agents.find(({ match }) => matches(match, agent));
  if (entry === undefined) {
    const who = `${agent.name} (role ${agent.role}, depth ${agent.depth})`;
    return { fault: fault("invalid_request", `${file} has no entry that matches the agent ${who}.`) };
  }
  const number = transcript.filter(isAnswer).length;
  const turn = entry.turns[number];
  if (turn !== undefined) return { turn };
  const index = script.agents.indexOf(entry);
  const ended = `${file} has ended: agents[${index}] has ${entry.turns.length} turns, and ${agent.name} asks for turn ${number + 1}.`;
  return { fault: fault("script_ended", ended) };
}

function matches({ name, role, task, depth }: ScriptMatch, agent: ModelRequest["agent"]): boolean {
  return (
    (name === undefined || name === agent.name) &&
    (role === undefined || role === agent.role) &&
    (depth === undefined || depth === agent.depth) &&
    (task === undefined || taskMatches(task, agent.task))
  );
}

/** A refusal is an attempt that failed: the turn is still to be played. */
const isAnswer = (entry: TranscriptEntry): boolean => entry.kind === "reply" && entry.stopReason !== "refusal";

/** Which attempt at the turn this is, from 1, counting the refusals since the last answer. */
function attemptOf({ transcript, attempt }: ModelRequest): number {
  const since = transcript.slice(transcript.findLastIndex(isAnswer) + 1);
  return attempt + since.filter((entry) => entry.kind === "reply").length;
}

function replyOf(turn: ScriptTurn, request: ModelRequest): ReplyEntry {
  const content = contentOf(turn, request);
  const stopReason = turn.stopReason ?? (turn.calls.length > 0 ? "tool_use" : "end_turn");
  const counted = countedReply(request, content, stopReason);
  return turn.usage === undefined ? counted : { ...counted, usage: turn.usage };
}

function contentOf({ text, calls }: ScriptTurn, request: ModelRequest): ContentBlock[] {
  const number = request.transcript.filter((entry) => entry.kind === "reply").length + 1;
  const said: ContentBlock[] = text === undefined ? [] : [{ type: "text", text: fillText(text, request) }];
  const called = calls.map(
    ({ tool, input }, index): ContentBlock => ({
      type: "tool_call",
      id: `call-${number}-${index + 1}`,
      tool,
      input: fillValue(input, request),
    }),
  );
  return [...said, ...called];
}

function playFault(scripted: ScriptFault, turn: ScriptTurn, request: ModelRequest): Play {
  if (scripted.kind === "hang") return { delayMs: 0, outcome: null };
  return { delayMs: scripted.delayMs ?? 0, outcome: faultOutcome(scripted, turn, request) };
}

function faultOutcome(
  scripted: Exclude<ScriptFault, { kind: "hang" }>,
  turn: ScriptTurn,
  request: ModelRequest,
): ModelOutcome {
  switch (scripted.kind) {
    case "error":
      return { kind: "fault", fault: errorFault(scripted) };
    case "cut": {
      const message = scripted.message ?? "The stream of the reply was cut off.";
      return { kind: "fault", fault: fault("stream_cut", message, "unknown") };
    }
    case "refusal":
      return { kind: "reply", reply: refusalOf(scripted.text, turn, request) };
  }
}

/** A refusal is charged the input of the turn that it stands for. */
function refusalOf(text: string | undefined, { usage }: ScriptTurn, request: ModelRequest): ReplyEntry {
  const content: ContentBlock[] = text === undefined ? [] : [{ type: "text", text: fillText(text, request) }];
  const counted = countedReply(request, content, "refusal");
  return usage === undefined ? counted : { ...counted, usage: { ...usage, outputTokens: 0 } };
}

function errorFault({ status, message, retryAfterMs }: Extract<ScriptFault, { kind: "error" }>): ModelFault {
  const made = fault(reasonOf(status), message ?? `The provider answered ${status}.`);
  return retryAfterMs === undefined ? made : { ...made, retryAfterMs };
}

const fault = (
  reason: FaultReason,
  message: string,
  charged: "nothing" | "unknown" | Usage = "nothing",
): ModelFault => ({
  reason,
  message,
  charged,
});

const reasons: Readonly<Record<number, FaultReason>> = {
  401: "unauthorized",
  403: "unauthorized",
  408: "timed_out",
  413: "context_overflow",
  429: "rate_limited",
  503: "overloaded",
  504: "timed_out",
  529: "overloaded",
};

const reasonOf = (status: number): FaultReason =>
  reasons[status] ?? (status >= 500 ? "server_error" : "invalid_request");
