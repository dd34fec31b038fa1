import type { TranscriptEntry } from "../../../protocol/transcript.ts";

/** A tool call that the rules need the result of. Two steps with one key are the same step. */
export interface Step {
  readonly key: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** How far a step is: it may be asked once and, after an error, once again. */
export type StepState =
  | { readonly kind: "ask" }
  | { readonly kind: "done"; readonly content: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Something that the rules need to know: known, or to be found out by these calls first. */
export type Progress<T> =
  | { readonly kind: "ask"; readonly steps: readonly Step[] }
  | { readonly kind: "known"; readonly value: T };

export const known = <T>(value: T): Progress<T> => ({ kind: "known", value });

/** A call of the transcript with its result; null where a crash or an end left it without one. */
export interface PlayedCall {
  readonly tool: string;
  readonly input: unknown;
  readonly result: { readonly content: string; readonly isError: boolean } | null;
}

const MAX_TRIES = 2;

/** The key of a call: a file is written once, whatever its text; a report is made once; the rest by its input. */
export function stepKey(tool: string, input: unknown): string {
  if (tool === "report") return tool;
  if (tool === "write_file") return `${tool} ${JSON.stringify(fieldOf(input, "path"))}`;
  return `${tool} ${JSON.stringify(input)}`;
}

export const step = (tool: string, input: Readonly<Record<string, unknown>>): Step => ({
  key: stepKey(tool, input),
  tool,
  input,
});

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === field)?.[1] : undefined;

/** Every call of a transcript in order, each with its own result. */
export function playedCalls(transcript: readonly TranscriptEntry[]): PlayedCall[] {
  const calls: PlayedCall[] = [];
  let open = new Map<string, number>();
  for (const entry of transcript) {
    if (entry.kind === "reply") {
      open = new Map();
      for (const block of entry.content) {
        if (block.type !== "tool_call") continue;
        open.set(block.id, calls.length);
        calls.push({ tool: block.tool, input: block.input, result: null });
      }
    } else if (entry.kind === "tool_result") {
      const index = open.get(entry.callId);
      const call = index === undefined ? undefined : calls[index];
      if (index !== undefined && call !== undefined) {
        calls[index] = { ...call, result: { content: entry.content, isError: entry.isError } };
      }
    }
  }
  return calls;
}

/** What came of every step that was asked, by its key. */
export function stepStates(calls: readonly PlayedCall[]): ReadonlyMap<string, StepState> {
  const states = new Map<string, StepState>();
  const tries = new Map<string, number>();
  for (const call of calls) {
    const key = stepKey(call.tool, call.input);
    const count = (tries.get(key) ?? 0) + (isInterrupted(call) ? 0 : 1);
    tries.set(key, count);
    if (states.get(key)?.kind !== "done") states.set(key, stateAfter(call, count));
  }
  return states;
}

/** A call that the engine's end cut off says nothing about the step. */
const isInterrupted = ({ result }: PlayedCall): boolean =>
  result?.isError === true && /was interrupted when the engine stopped/.test(result.content);

function stateAfter({ result }: PlayedCall, tries: number): StepState {
  if (result !== null && !result.isError) return { kind: "done", content: result.content };
  if (tries < MAX_TRIES) return { kind: "ask" };
  return { kind: "failed", reason: oneLine(result?.content ?? "no result") };
}

const MAX_REASON_LENGTH = 200;

/** The first line of a text, short enough to be quoted. */
export function oneLine(text: string): string {
  const line = text.trim().split(/\r?\n/, 1)[0] ?? "";
  return [...line].length > MAX_REASON_LENGTH ? `${[...line].slice(0, MAX_REASON_LENGTH).join("")}…` : line;
}
