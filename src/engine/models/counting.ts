import type { ContentBlock, ReplyEntry, StopReason, TranscriptEntry, Usage } from "../../protocol/transcript.ts";
import type { ModelRequest } from "./port.ts";

const BYTES_PER_TOKEN = 4;

/** Tokens of a text as the models without a tokenizer count them: UTF-8 bytes / 4, rounded up. */
export const countTokens = (text: string): number => Math.ceil(Buffer.byteLength(text, "utf8") / BYTES_PER_TOKEN);

/** Tokens of everything that a request carries: system, tools and transcript. */
export function countRequest(request: ModelRequest): number {
  const transcript = request.transcript.reduce((sum, entry) => sum + countEntry(entry), 0);
  const fixed = countTokens(request.system) + countTools(request.tools);
  return fixed + transcript + countTokens(request.standing);
}

/** Counts each thing once: what was said stays as it is, and is in every request that follows. */
function countedOnce<T extends object>(count: (thing: T) => number): (thing: T) => number {
  const known = new WeakMap<T, number>();
  return (thing) => {
    const before = known.get(thing);
    if (before !== undefined) return before;
    const tokens = count(thing);
    known.set(thing, tokens);
    return tokens;
  };
}

const countTools = countedOnce((tools: ModelRequest["tools"]) => countTokens(JSON.stringify(tools)));

/** Tokens of what a model said. */
export const countContent = (content: readonly ContentBlock[]): number =>
  content.reduce((sum, block) => sum + countTokens(wordsOf(block)), 0);

const wordsOf = (block: ContentBlock): string =>
  block.type === "text" ? block.text : `${block.id}${block.tool}${JSON.stringify(block.input) ?? ""}`;

const countEntry = countedOnce((entry: TranscriptEntry): number => {
  if (entry.kind === "messages") return countTokens(JSON.stringify(entry.messages));
  if (entry.kind === "reply") return countContent(entry.content);
  return countTokens(entry.callId) + countTokens(entry.content);
});

/** A reply with the usage that its real text gives. */
export function countedReply(
  request: ModelRequest,
  content: readonly ContentBlock[],
  stopReason: StopReason,
): ReplyEntry {
  return { kind: "reply", content: [...content], stopReason, usage: countedUsage(request, content) };
}

export const countedUsage = (request: ModelRequest, content: readonly ContentBlock[]): Usage => ({
  inputTokens: countRequest(request),
  outputTokens: countContent(content),
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
});
