import type { ToolCallBlock, TranscriptEntry } from "../../protocol/transcript.ts";
import { restingTools } from "../../protocol/words.ts";

/** Times that the same call in a row is a circle. */
const SAME_CALL = 5;
/** Times that the same calls in the same order are one, of 2 up to so many calls. */
const SAME_ROUND = 4;
const LONGEST_ROUND = 8;

/** Whose answer changes by itself: the same call is the same only with the same answer, and the same messages behind it. */
const WAITS: readonly string[] = [...restingTools, "team_status"];

/**
 * What an agent does over and over: the same call five times in a row, or the same two to eight calls four times. Undefined
 * where it gets on. Only what it did since it was given its task, or more work, counts.
 */
export function circleIn(transcript: readonly TranscriptEntry[]): string | undefined {
  const calls = lastCalls(transcript, SAME_ROUND * LONGEST_ROUND);
  const [last] = calls;
  if (last === undefined) return undefined;
  if (isRepeated(calls, 1, SAME_CALL)) return `It made the same call ${SAME_CALL} times in a row: ${last.words}`;
  for (let length = 2; length <= LONGEST_ROUND; length++) {
    if (!isRepeated(calls, length, SAME_ROUND)) continue;
    const round = calls.slice(0, length).toReversed();
    return `It went round in circles, ${SAME_ROUND} times: ${round.map(({ words }) => words).join(", ")}`;
  }
  return undefined;
}

interface Call {
  readonly key: string;
  /** For a person, cut to a line. */
  readonly words: string;
}

/** Newest first. */
const isRepeated = (calls: readonly Call[], length: number, times: number): boolean =>
  calls.length >= length * times &&
  calls.slice(length, length * times).every(({ key }, index) => key === calls[index]?.key);

/** The newest calls, newest first. */
function lastCalls(transcript: readonly TranscriptEntry[], most: number): readonly Call[] {
  const calls: Call[] = [];
  const answers = new Map<string, string>();
  /** Ids of what came behind the answers. */
  let came: readonly string[] = [];
  for (let index = transcript.length - 1; index >= 0 && calls.length < most; index--) {
    const entry = transcript[index];
    if (entry === undefined) break;
    if (entry.kind === "tool_result") answers.set(entry.callId, entry.content);
    if (entry.kind === "messages") {
      if (entry.messages.some(({ kind }) => kind === "task")) break;
      came = entry.messages.map(({ id }) => id);
    }
    if (entry.kind !== "reply") continue;
    for (const block of entry.content.toReversed()) {
      if (block.type !== "tool_call") continue;
      const call = callOf(block, answers.get(block.id), came);
      calls.push(hasTimedOut(block, answers.get(block.id)) ? { ...call, key: `over ${calls.length}` } : call);
    }
    // The ids of calls are their reply's own.
    answers.clear();
    came = [];
  }
  return calls;
}

/** A wait whose time is over is like no other: time has passed, in which others were at work. */
const hasTimedOut = ({ tool }: ToolCallBlock, answer: string | undefined): boolean =>
  restingTools.includes(tool) && answer?.includes('"timedOut":true') === true;

function callOf({ tool, input }: ToolCallBlock, answer: string | undefined, came: readonly string[]): Call {
  const text = JSON.stringify(input) ?? "";
  const words = `${tool} ${text}`;
  return {
    key: JSON.stringify([tool, text, WAITS.includes(tool) ? [answer, came] : null]),
    words: words.length > 120 ? `${words.slice(0, 119)}…` : words,
  };
}
