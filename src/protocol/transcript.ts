import { z } from "zod";
import { messageKinds, relations } from "./words.ts";

/** Tokens of one model call, by kind, as the provider counts them. */
export const usageSchema = z.object({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative().default(0),
  cacheWriteTokens: z.int().nonnegative().default(0),
  /** Those of `cacheWriteTokens` that are kept for five minutes only, and may cost less; none where nobody says. */
  cacheWrite5mTokens: z.int().nonnegative().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

export const textBlockSchema = z.object({ type: z.literal("text"), text: z.string() });
export const toolCallBlockSchema = z.object({
  type: z.literal("tool_call"),
  /** The model's own id of the call, unique within its reply. */
  id: z.string().min(1),
  tool: z.string().min(1),
  input: z.unknown(),
});
export const contentBlockSchema = z.discriminatedUnion("type", [textBlockSchema, toolCallBlockSchema]);
export type ToolCallBlock = z.infer<typeof toolCallBlockSchema>;
export type ContentBlock = z.infer<typeof contentBlockSchema>;

export const stopReasonSchema = z.enum(["end_turn", "tool_use", "max_tokens", "refusal"]);
export type StopReason = z.infer<typeof stopReasonSchema>;

/** A message as its recipient sees it: who sent it is the engine's word and stands outside the text. */
export const inboxMessageSchema = z.object({
  id: z.string(),
  threadId: z.string(),
  /** Id of the message that it replies to. */
  inReplyTo: z.string().optional(),
  kind: z.enum(messageKinds),
  from: z.object({ agentId: z.string().nullable(), name: z.string(), relation: z.enum(relations) }),
  priority: z.string(),
  sentAt: z.int(),
  body: z.string(),
  payload: z.unknown().optional(),
});
export type InboxMessage = z.infer<typeof inboxMessageSchema>;

/** What one agent and its model said to each other, in order. One entry is one record of the agent's content file. */
export const transcriptEntrySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("messages"), messages: z.array(inboxMessageSchema) }),
  z.object({
    kind: z.literal("reply"),
    content: z.array(contentBlockSchema),
    stopReason: stopReasonSchema,
    usage: usageSchema,
  }),
  z.object({
    kind: z.literal("tool_result"),
    callId: z.string(),
    tool: z.string(),
    content: z.string(),
    isError: z.boolean(),
  }),
]);
export type TranscriptEntry = z.infer<typeof transcriptEntrySchema>;
export type ReplyEntry = Extract<TranscriptEntry, { kind: "reply" }>;
export type ToolResultEntry = Extract<TranscriptEntry, { kind: "tool_result" }>;

export const toolCallsOf = (reply: ReplyEntry): ToolCallBlock[] =>
  reply.content.filter((block) => block.type === "tool_call");

export const textOf = (reply: ReplyEntry): string =>
  reply.content.map((block) => (block.type === "text" ? block.text : "")).join("");
