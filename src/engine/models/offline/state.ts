import { z } from "zod";
import type { InboxMessage, TranscriptEntry } from "../../../protocol/transcript.ts";
import { type PlayedCall, type Progress, playedCalls, type Step, type StepState, stepStates } from "./steps.ts";

/** What a child handed up. */
export interface ChildReport {
  readonly agentId: string | null;
  readonly name: string;
  readonly completed: boolean;
  readonly summary: string;
}

/** All that the rules know: derived anew from the transcript at every call, never kept. */
export interface SurveyState {
  /** Replies so far: the number of the one to give. */
  readonly replies: number;
  readonly calls: readonly PlayedCall[];
  readonly steps: ReadonlyMap<string, StepState>;
  readonly reports: readonly ChildReport[];
  /** Messages that asked for something other than the task. */
  readonly notes: readonly InboxMessage[];
  /** How often messages came at all. */
  readonly deliveries: number;
  readonly lastWait: WaitResult | undefined;
  /** Since the last report that was taken, if any: what messages came, and how often it tried to report. */
  readonly sinceReport: { readonly reported: boolean; readonly notes: readonly InboxMessage[]; readonly tries: number };
}

export function surveyState(transcript: readonly TranscriptEntry[]): SurveyState {
  const messages = messagesOf(transcript);
  const calls = playedCalls(transcript);
  return {
    replies: transcript.filter((entry) => entry.kind === "reply").length,
    calls,
    steps: stepStates(calls),
    reports: messages.filter((message) => message.kind === "report").map(childReport),
    notes: notesOf(transcript),
    deliveries: messages.length,
    lastWait: lastWait(transcript),
    sinceReport: sinceReport(transcript),
  };
}

export const stateOf = (state: SurveyState, step: Step): StepState => state.steps.get(step.key) ?? { kind: "ask" };

/** The outcomes of several steps, asked together in one reply. */
export function outcomes<T extends Step>(
  state: SurveyState,
  steps: readonly T[],
): Progress<readonly { step: T; state: Exclude<StepState, { kind: "ask" }> }[]> {
  const settled: { step: T; state: Exclude<StepState, { kind: "ask" }> }[] = [];
  const ask: T[] = [];
  for (const step of steps) {
    const outcome = stateOf(state, step);
    if (outcome.kind === "ask") ask.push(step);
    else settled.push({ step, state: outcome });
  }
  return ask.length > 0 ? { kind: "ask", steps: ask } : { kind: "known", value: settled };
}

/** What a wait answers, and whether messages came behind it. */
export interface WaitResult {
  readonly brought: boolean;
  /** Names of the children that still work. */
  readonly openChildren: readonly string[];
}

const waitResultSchema = z.object({ openChildren: z.array(z.string()) });

function lastWait(transcript: readonly TranscriptEntry[]): WaitResult | undefined {
  const index = transcript.findLastIndex((entry) => openChildrenIn(entry) !== undefined);
  const answer = transcript[index];
  const openChildren = answer === undefined ? undefined : openChildrenIn(answer);
  if (openChildren === undefined) return undefined;
  return { brought: transcript.slice(index).some(({ kind }) => kind === "messages"), openChildren };
}

function openChildrenIn(entry: TranscriptEntry): readonly string[] | undefined {
  if (entry.kind !== "tool_result" || entry.tool !== "wait" || entry.isError) return undefined;
  try {
    return waitResultSchema.safeParse(JSON.parse(entry.content)).data?.openChildren;
  } catch {
    return undefined;
  }
}

/** All messages in the order in which they came. */
const messagesOf = (transcript: readonly TranscriptEntry[]): InboxMessage[] =>
  transcript.flatMap((entry) => (entry.kind === "messages" ? entry.messages : []));

/** All but reports and the task itself, which is the first message of kind `task`. */
function notesOf(transcript: readonly TranscriptEntry[]): InboxMessage[] {
  const messages = messagesOf(transcript).filter((message) => message.kind !== "report");
  const task = messages.findIndex((message) => message.kind === "task");
  return messages.filter((_, index) => index !== task);
}

function sinceReport(transcript: readonly TranscriptEntry[]): SurveyState["sinceReport"] {
  const last = transcript.findLastIndex(
    (entry) => entry.kind === "tool_result" && entry.tool === "report" && !entry.isError,
  );
  const after = transcript.slice(last + 1);
  return {
    reported: last >= 0,
    notes: last < 0 ? [] : messagesOf(after).filter((message) => message.kind !== "report"),
    tries: playedCalls(after).filter((call) => call.tool === "report").length,
  };
}

const reportPayloadSchema = z.object({ status: z.string(), reason: z.string().nullish() });

/** How it ended stands in the payload; where there is none, the text has to do. */
function childReport({ from, body, payload }: InboxMessage): ChildReport {
  const parsed = reportPayloadSchema.safeParse(payload).data;
  const completed = parsed === undefined ? !/^\W*(failed|terminated)\b/i.test(body) : parsed.status === "completed";
  return { agentId: from.agentId, name: from.name, completed, summary: body || (parsed?.reason ?? "") };
}
