import { z } from "zod";
import { call, listOf, resultOf } from "./call.ts";
import { messageQuerySchema, sendCommandSchema, type ThreadQuery, threadQuerySchema } from "./commands.ts";
import { messagePageSchema, messageRecordSchema, threadPageSchema } from "./records.ts";
import { agentStatuses, waitReasons } from "./words.ts";

/** What the messages view and the extension say to each other. The view holds no truth: it asks, and asks again. */

/** What a state that has no messages to show offers. */
export const viewActions = {
  retry: "Retry",
  showLog: "Show Log",
  runDemo: "Run the Demo",
  openFolder: "Open Folder",
  trust: "Manage Workspace Trust",
} as const;
export type ViewAction = keyof typeof viewActions;
const actionNames = ["retry", "showLog", "runDemo", "openFolder", "trust"] as const satisfies readonly ViewAction[];

export const messagesStateSchema = z.discriminatedUnion("kind", [
  /** Messages can be asked for. `note`: what the user should know meanwhile, in one line. */
  z.object({ kind: z.literal("ready"), note: z.string().nullable() }),
  /** It will be there in a moment. */
  z.object({ kind: z.literal("wait"), text: z.string() }),
  /** There is nothing to ask. */
  z.object({ kind: z.literal("none"), text: z.string(), actions: listOf(z.enum(actionNames)) }),
]);
export type MessagesState = z.infer<typeof messagesStateSchema>;

export const recipientSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  rootId: z.string(),
  /** The name of its team's root. */
  team: z.string(),
  status: z.enum(agentStatuses),
  waitingFor: z.enum(waitReasons).nullable(),
});
/** Somebody whom the user may write to. */
export type Recipient = z.infer<typeof recipientSchema>;

export const placeSchema = z.object({ id: z.string(), threadId: z.string(), seq: z.int() });
/** Where a message stands. */
export type Place = z.infer<typeof placeSchema>;

const id = z.string().min(1).max(200);
const nothing = z.null();

/** The view asks the extension, which takes nothing that these don't. */
export const messagesViewCalls = {
  /** The first call, and the only one before which nothing is told. */
  ready: call("ready", z.tuple([]), messagesStateSchema),
  threads: call("threads", z.tuple([threadQuerySchema]), resultOf(threadPageSchema)),
  page: call("page", z.tuple([messageQuerySchema]), resultOf(messagePageSchema)),
  find: call("find", z.tuple([id]), resultOf(placeSchema)),
  send: call("send", z.tuple([sendCommandSchema]), resultOf(listOf(messageRecordSchema))),
  sendAgain: call("sendAgain", z.tuple([id]), resultOf(nothing)),
  discard: call("discard", z.tuple([id]), resultOf(nothing)),
  /** Those whose name, role, team or id has the text in it, open ones first; no more than `MAX_RECIPIENTS`. */
  agents: call("agents", z.tuple([z.string().max(200)]), resultOf(listOf(recipientSchema))),
  /** Asks the user, and opens it outside. */
  openLink: call("openLink", z.tuple([z.string().min(1).max(8_000)]), nothing),
  openAgent: call("openAgent", z.tuple([id]), nothing),
  /** Opens all of a message's text in an editor. */
  openWhole: call("openWhole", z.tuple([id]), resultOf(nothing)),
  act: call("act", z.tuple([z.enum(actionNames)]), nothing),
} as const;

export const MAX_RECIPIENTS = 100;

export const messagesChangeSchema = z.object({
  /** Ids of messages that are new or stand otherwise; null: all may. */
  messages: listOf(z.string()).nullable(),
  /** Whether agents came, or stand otherwise. */
  agents: z.boolean(),
});
export type MessagesChange = z.infer<typeof messagesChangeSchema>;

export const messagesTargetSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("agent"), agent: recipientSchema }),
  z.object({ kind: z.literal("message"), place: placeSchema }),
]);
/** Where the user wants to go: to what an agent sent and got, or to a message. */
export type MessagesTarget = z.infer<typeof messagesTargetSchema>;

/** The extension tells the view. */
export const toldToMessagesView = {
  state: { name: "state", args: z.tuple([messagesStateSchema]) },
  changed: { name: "changed", args: z.tuple([messagesChangeSchema]) },
  show: { name: "show", args: z.tuple([messagesTargetSchema]) },
} as const;

/** What threads and messages are filtered by. */
export type Filter = Pick<ThreadQuery, "agent" | "priority" | "status" | "text">;
