import { z } from "zod";
import { ok, type Result, refuse } from "../base/errors.ts";
import { decisions, diffSides, mergeManners, messageStatuses, priorities } from "./words.ts";

/** What the user asks for; every edge (terminal, palette, API) parses its input with these. */

export const spawnCommandSchema = z.strictObject({
  /** Becomes the agent's. A command that is given again under its id, since the answer was lost, takes effect once. */
  id: z
    .string()
    .regex(/^[0-9a-z]{10}$/, "an id is ten digits and lower-case letters")
    .optional(),
  task: z.string().trim().min(1, "a task is needed").max(100_000),
  /** Made from the role when absent. */
  name: z.string().trim().min(1).max(60).optional(),
  role: z.string().trim().min(1).max(60).default("lead"),
  /** `provider/model`. */
  model: z.string().min(1),
  /** Micro-dollars. */
  budgetUsd: z.int().positive("a budget is more than 0"),
  budgetTokens: z.int().positive("a token budget is more than 0"),
  /** A branch, tag or commit that it starts from: where the user is when absent. */
  base: z.string().trim().min(1).max(250).optional(),
  /** The branch that its work is merged into: the one that the user is on when absent. */
  target: z.string().trim().min(1).max(250).optional(),
  /** It starts from the user's uncommitted changes too; only what comes after them is merged back. */
  withChanges: z.boolean().default(false),
});
export type SpawnCommand = z.infer<typeof spawnCommandSchema>;
export type SpawnCommandInput = z.input<typeof spawnCommandSchema>;

/** Who gets a message beside the agent that is named: it alone, all that it hired, or its whole team. */
export const sendGroups = ["agent", "children", "team"] as const;

export const sendCommandSchema = z
  .strictObject({
    /** Given again under the same id, it is sent once. */
    id: z.string().min(1).max(60).optional(),
    /** An agent's id, the start of one, or its name. May be left out of a reply: it goes to who sent what it replies to. */
    to: z.string().min(1).optional(),
    /** `children` and `team` leave out those that have ended. */
    group: z.enum(sendGroups).default("agent"),
    body: z.string().min(1, "a message needs text"),
    priority: z.enum(priorities).default("normal"),
    /** Id or number of the message that it replies to: it stands in the same thread, and answers it if that is a question. */
    inReplyTo: z.string().min(1).optional(),
    /** The thread that it goes on with; a new one when left out, and a reply's is known. */
    threadId: z.string().min(1).optional(),
    /** An agent that has ended is opened again, and gets this as more work. */
    reopen: z.boolean().default(false),
  })
  .refine(({ to, inReplyTo }) => to !== undefined || inReplyTo !== undefined, "say to whom")
  .refine(({ group, inReplyTo, reopen }) => group === "agent" || !(inReplyTo !== undefined || reopen), {
    message: "a reply, and more work, go to one agent",
  });
export type SendCommandInput = z.input<typeof sendCommandSchema>;
export type SendCommand = z.infer<typeof sendCommandSchema>;

const filter = {
  /** Sent or received by this agent: its id, the start of one, or its name. */
  agent: z.string().min(1).optional(),
  priority: z.enum(priorities).optional(),
  status: z.enum(messageStatuses).optional(),
  /** Stands somewhere in the text, however it is written in capitals. */
  text: z.string().min(1).max(1000).optional(),
};

/** Threads in which a message fits all that is given; newest first. */
export const threadQuerySchema = z.strictObject({
  ...filter,
  /** Only threads whose last message is older: `lastSeq` of the last one that is known. */
  before: z.int().optional(),
  limit: z.int().min(1).max(500).default(100),
});
export type ThreadQueryInput = z.input<typeof threadQuerySchema>;
export type ThreadQuery = z.infer<typeof threadQuerySchema>;

/** Messages that fit all that is given: those just before, just after, or the newest. In order of sending. */
export const messageQuerySchema = z
  .strictObject({
    ...filter,
    thread: z.string().min(1).optional(),
    before: z.int().optional(),
    after: z.int().optional(),
    limit: z.int().min(1).max(500).default(100),
  })
  .refine(({ before, after }) => before === undefined || after === undefined, "ask for one side");
export type MessageQueryInput = z.input<typeof messageQuerySchema>;
export type MessageQuery = z.infer<typeof messageQuerySchema>;

/** Both units may be raised at once; what is absent stays. */
export const raiseCommandSchema = z
  .strictObject({
    /** Given again under the same id, it is raised once. */
    id: z.string().min(1).max(60).optional(),
    agent: z.string().min(1),
    /** Micro-dollars to add. */
    usd: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    tokens: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  })
  .refine(({ usd, tokens }) => usd + tokens > 0, "say by how many dollars or tokens");
export type RaiseCommandInput = z.input<typeof raiseCommandSchema>;
export type RaiseCommand = z.infer<typeof raiseCommandSchema>;

/** Agents that somebody thinks of hiring, all alike. */
export const forecastCommandSchema = z.strictObject({
  agents: z.int().min(1).max(10_000),
  role: z.string().trim().min(1).max(60),
  /** `provider/model`. */
  model: z.string().min(1),
  /** What each would be given: micro-dollars and tokens. */
  budgetUsd: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  budgetTokens: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
});
export type ForecastCommand = z.infer<typeof forecastCommandSchema>;

export const reopenCommandSchema = z.strictObject({
  /** Given again under the same id, it is reopened once. */
  id: z.string().min(1).max(60).optional(),
  agent: z.string().min(1),
  /** More work; its own task, tried again, when absent. */
  task: z.string().trim().min(1).max(100_000).optional(),
  /** Micro-dollars that it may spend from now on; as much as it was given last when absent. */
  budgetUsd: z.int().positive("a budget is more than 0").optional(),
  budgetTokens: z.int().positive("a token budget is more than 0").optional(),
});
export type ReopenCommandInput = z.input<typeof reopenCommandSchema>;
export type ReopenCommand = z.infer<typeof reopenCommandSchema>;

/** How an agent's work is merged. */
export const mergeCommandSchema = z.strictObject({
  /** A branch of the user's other than the one that it is to be merged into. */
  into: z.string().trim().min(1).max(250).optional(),
  manner: z.enum(mergeManners).default("merge"),
  /** Only what the user accepted of it; the rest stays on the agent's branch. */
  acceptedOnly: z.boolean().default(false),
  /** The commit's message; made from the task when absent. */
  message: z.string().trim().min(1).max(10_000).optional(),
});
export type MergeCommandInput = z.input<typeof mergeCommandSchema>;
export type MergeCommand = z.infer<typeof mergeCommandSchema>;

/** Which worktrees are removed. What is in them is kept, unless `purge` says that it is not to be any more. */
export const cleanCommandSchema = z.strictObject({
  /** Names or ids; empty: those that `which` says. */
  agents: z.array(z.string().min(1)).default([]),
  /** Of the agents that have ended: those whose work is merged, or all. */
  which: z.enum(["merged", "ended", "none"]).default("merged"),
  orphans: z.boolean().default(false),
  /** Deletes the snapshots of the same agents' worktrees that were removed; their branches stay. */
  purge: z.boolean().default(false),
  /** Says what would be done. */
  dryRun: z.boolean().default(false),
});
export type CleanCommandInput = z.input<typeof cleanCommandSchema>;
export type CleanCommand = z.infer<typeof cleanCommandSchema>;

/** A decision of the user's. */
export const markCommandSchema = z.strictObject({
  agent: z.string().min(1),
  /** From the worktree's root; absent: every file. */
  path: z.string().min(1).optional(),
  /** Absent: the whole file, whatever was decided of its hunks. */
  hunk: z.string().min(1).max(100).optional(),
  /** null: undecided again. */
  decision: z.enum(decisions).nullable(),
});
export type MarkCommandInput = z.input<typeof markCommandSchema>;
export type MarkCommand = z.infer<typeof markCommandSchema>;

export const commentCommandSchema = z.strictObject({
  /** Given again under the same id, it is written once; under the id of one that wasn't sent yet, it takes its place. */
  id: z.string().min(1).max(60).optional(),
  agent: z.string().min(1),
  path: z.string().min(1),
  side: z.enum(diffSides).default("work"),
  /** From 1. */
  line: z.int().min(1),
  body: z.string().trim().min(1, "a comment needs text").max(20_000),
});
export type CommentCommandInput = z.input<typeof commentCommandSchema>;
export type CommentCommand = z.infer<typeof commentCommandSchema>;

export const requestChangesCommandSchema = z.strictObject({
  /** Given again under the same id, it is sent once. */
  id: z.string().min(1).max(60).optional(),
  agent: z.string().min(1),
  /** Said before the comments. */
  note: z.string().trim().max(20_000).default(""),
});
export type RequestChangesCommandInput = z.input<typeof requestChangesCommandSchema>;
export type RequestChangesCommand = z.infer<typeof requestChangesCommandSchema>;

/** Input as a schema has it; refused with the first thing that is wrong. */
export function parseCommand<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return refuse(
    "bad_input",
    issue === undefined
      ? "The input is not right."
      : [issue.path.join("."), issue.message].filter((part) => part !== "").join(": "),
  );
}
