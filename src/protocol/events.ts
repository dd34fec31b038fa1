import { z } from "zod";
import { agentStatuses, budgetUnits, messageKinds, priorities, waitReasons, worktreeStatuses } from "./words.ts";

const agentId = z.string();

/** What happened, stored in the transaction that made it so, and told to listeners after that was made durable. */
export const engineEventBodySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("agent.spawned"), agentId, parentId: z.string().nullable(), name: z.string() }),
  z.object({
    type: z.literal("agent.moved"),
    agentId,
    from: z.enum(agentStatuses),
    to: z.enum(agentStatuses),
    waitingFor: z.enum(waitReasons).nullable(),
    /** When it goes on at the latest, where there is a limit. */
    waitsUntil: z.int().optional(),
    reason: z.string().nullable(),
  }),
  z.object({
    type: z.literal("turn.replied"),
    agentId,
    turnId: z.string(),
    number: z.int(),
    tools: z.array(z.string()),
    tokens: z.int(),
    /** Micro-dollars; null where the price is unknown. */
    costUsd: z.int().nullable(),
  }),
  z.object({ type: z.literal("turn.failed"), agentId, turnId: z.string(), number: z.int(), failure: z.string() }),
  z.object({ type: z.literal("turn.completed"), agentId, turnId: z.string(), number: z.int() }),
  z.object({
    type: z.literal("message.sent"),
    agentId: z.string().nullable(),
    messageId: z.string(),
    recipientId: z.string(),
    kind: z.enum(messageKinds),
    priority: z.enum(priorities),
  }),
  /** Leased to a turn of their recipient. */
  z.object({ type: z.literal("message.delivered"), agentId, messageIds: z.array(z.string()) }),
  z.object({ type: z.literal("message.processed"), agentId, messageId: z.string() }),
  /** A delivery failed; the next is due then. Without an error nothing was tried: it is due as before. */
  z.object({
    type: z.literal("message.returned"),
    agentId,
    messageId: z.string(),
    error: z.string().nullable(),
    dueAt: z.int(),
  }),
  /** Its last delivery failed. */
  z.object({
    type: z.literal("message.dead"),
    agentId,
    messageId: z.string(),
    senderId: z.string().nullable(),
    error: z.string(),
  }),
  z.object({ type: z.literal("message.sent_again"), agentId, messageId: z.string() }),
  z.object({ type: z.literal("message.discarded"), agentId, messageId: z.string() }),
  z.object({ type: z.literal("worktree.moved"), agentId, to: z.enum(worktreeStatuses), reason: z.string().nullable() }),
  /** A decision or a comment of the user's. */
  z.object({ type: z.literal("review.changed"), agentId }),
  /** Which agents' work collides, and with what, is another than before. */
  z.object({ type: z.literal("collisions.changed"), agentId: z.null(), collisions: z.int() }),
  z.object({ type: z.literal("agent.handed_over"), agentId, from: z.string(), to: z.string() }),
  /** Of the team's root. */
  z.object({ type: z.literal("team.archived"), agentId, name: z.string() }),
  z.object({ type: z.literal("team.restored"), agentId, name: z.string() }),
  z.object({ type: z.literal("budget.refused"), agentId, missing: z.string() }),
  z.object({
    type: z.literal("budget.raised"),
    agentId,
    /** By how much: micro-dollars and tokens. */
    usd: z.int(),
    tokens: z.int(),
  }),
  z.object({
    type: z.literal("budget.alert"),
    agentId,
    unit: z.enum(budgetUnits),
    /** How much of the allocation the agent and all below it have used, at least. */
    percent: z.int(),
    used: z.int(),
    allocated: z.int(),
  }),
]);
export type EngineEventBody = z.infer<typeof engineEventBodySchema>;

export const engineEventSchema = engineEventBodySchema.and(
  z.object({
    /** Position in the store's log: rises by time, without gaps that mean anything. */
    seq: z.int(),
    /** Milliseconds since the Unix epoch. */
    at: z.int(),
  }),
);
export type EngineEvent = Readonly<z.infer<typeof engineEventSchema>>;
