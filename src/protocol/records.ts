import { z } from "zod";
import {
  agentStatuses,
  budgetUnits,
  decisions,
  diffSides,
  endedStatuses,
  mergeManners,
  mergeStates,
  messageKinds,
  messageStatuses,
  permissionModes,
  priorities,
  relations,
  turnStatuses,
  waitReasons,
  worktreeStatuses,
} from "./words.ts";

/** Milliseconds since the Unix epoch. */
const instant = z.int();

/** Micro-dollars and tokens. */
export const amountsSchema = z.object({ usd: z.int(), tokens: z.int() });

/** What an agent says of its work. */
const reportSchema = z.object({
  status: z.enum(["completed", "failed"]),
  summary: z.string(),
  files: z.array(z.string()),
});
export type Report = z.infer<typeof reportSchema>;

/** What an agent hands up when it ends. */
export const agentResultSchema = reportSchema.extend({
  /** What it and all below it came to; null in results from before this was kept. */
  cost: amountsSchema.nullable().default(null),
});
export type AgentResult = z.infer<typeof agentResultSchema>;

export const agentRecordSchema = z.object({
  id: z.string(),
  parentId: z.string().nullable(),
  rootId: z.string(),
  depth: z.int().nonnegative(),
  /** Unique within its team; a lower-case slug. */
  name: z.string(),
  role: z.string(),
  task: z.string(),
  /** `provider/model`. */
  model: z.string(),
  /** Names of the tools it may use; null: all there are. */
  tools: z.array(z.string()).nullable(),
  mode: z.enum(permissionModes),
  status: z.enum(agentStatuses),
  waitingFor: z.enum(waitReasons).nullable(),
  /** When it goes on at the latest; null where it waits for as long as it takes. */
  waitsUntil: instant.nullable(),
  /** Id of the question whose answer it waits for. */
  awaitsAnswerTo: z.string().nullable(),
  /** Why it is in this status, in one line; null where there is nothing to say. */
  reason: z.string().nullable(),
  result: agentResultSchema.nullable(),
  /** Turns that it had begun before it was opened the last time. */
  turnsBefore: z.int(),
  createdAt: instant,
  /** When it first ran since it was opened the last time. */
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
});
export type AgentRecord = z.infer<typeof agentRecordSchema>;

/** Balances of one agent in one unit; at every moment used + reserved <= allocated. */
export const budgetRecordSchema = z.object({
  agentId: z.string(),
  unit: z.enum(budgetUnits),
  state: z.enum(["open", "closed"]),
  allocated: z.int(),
  /** Own holds and what open children were allocated. */
  reserved: z.int(),
  /** Own calls and what closed children used. */
  used: z.int(),
  /** Own calls alone. Never added to `used`. */
  ownUsed: z.int(),
  /** What a provider charged beyond a hold. */
  overrun: z.int(),
  /** Holds of calls that were cut off, whose cost nobody knows: a part of reserved, and of used once it is closed. */
  unconfirmed: z.int(),
});
export type BudgetRecord = z.infer<typeof budgetRecordSchema>;

/** What agents may come to before they are hired. */
export const forecastSchema = z.object({
  agents: z.int(),
  /** Agents with this role and model that have ended; what is likely rests on them. */
  sample: z.int(),
  /** All together, if each comes to what half of the sample stayed under; null without a sample. */
  likely: amountsSchema.nullable(),
  /** If each comes to what nine of ten of the sample stayed under. */
  high: amountsSchema.nullable(),
  /** What they can't pass: their budgets together. */
  most: amountsSchema,
  /** False where the model has no price: dollars are then unknown. */
  priceKnown: z.boolean(),
});
export type Forecast = z.infer<typeof forecastSchema>;

const spent = z.object({ usd: z.int(), capUsd: z.int().nullable() });
/** What all teams came to on this day and in this month of the user's calendar, and the user's caps. Micro-dollars. */
export const spendingRecordSchema = z.object({ day: spent, month: spent });
export type SpendingRecord = z.infer<typeof spendingRecordSchema>;

export const budgetEntrySchema = z.object({
  seq: z.int(),
  agentId: z.string(),
  unit: z.enum(budgetUnits),
  change: z.string(),
  allocated: z.int(),
  reserved: z.int(),
  used: z.int(),
  ownUsed: z.int(),
  overrun: z.int(),
  reference: z.string().nullable(),
  at: instant,
});
export type BudgetEntry = z.infer<typeof budgetEntrySchema>;

/** A delivery that failed: when, and why. `at` is null in what was kept before the time was. */
export const deliveryErrorSchema = z.object({ at: instant.nullable(), error: z.string() });

export const messageRecordSchema = z.object({
  /** The order of sending, over all agents. */
  seq: z.int(),
  id: z.string(),
  threadId: z.string(),
  inReplyTo: z.string().nullable(),
  /** null: the user. */
  senderId: z.string().nullable(),
  recipientId: z.string(),
  relation: z.enum(relations),
  kind: z.enum(messageKinds),
  priority: z.enum(priorities),
  body: z.string(),
  payload: z.unknown(),
  status: z.enum(messageStatuses),
  /** Deliveries that were tried since it was sent, or sent again. */
  attempts: z.int(),
  /** When it may be delivered: later than it was sent where a delivery failed. */
  dueAt: instant,
  /** Of all deliveries that failed, oldest first. */
  errors: z.array(deliveryErrorSchema),
  sentAt: instant,
  deliveredAt: instant.nullable(),
  processedAt: instant.nullable(),
  /** When the user put a dead message aside. */
  discardedAt: instant.nullable(),
});
export type MessageRecord = z.infer<typeof messageRecordSchema>;

/** A message as it is listed, with names. */
export const messageItemSchema = messageRecordSchema.omit({ payload: true }).extend({
  /** null: the user. */
  senderName: z.string().nullable(),
  recipientName: z.string(),
  /** What is pending then stays unread, unless the recipient is opened again. */
  recipientEnded: z.boolean(),
  /** No more than the first so many characters of a long one. */
  body: z.string(),
  /** Characters of the whole body. */
  length: z.int(),
  /** Of a question: the id of the first answer to it; null where there is none. */
  answeredBy: z.string().nullable(),
});
export type MessageItem = z.infer<typeof messageItemSchema>;

/** A thread as it is listed. Discarded messages count as settled. */
export const threadRecordSchema = z.object({
  id: z.string(),
  rootId: z.string(),
  /** Of the team that it belongs to: the name of its root. */
  team: z.string(),
  subject: z.string(),
  createdAt: instant,
  messages: z.int(),
  pending: z.int(),
  delivered: z.int(),
  dead: z.int(),
  /** Of its last message. Threads are listed by it, newest first. */
  lastSeq: z.int(),
  lastAt: instant,
  /** null: the user. */
  lastSender: z.string().nullable(),
  /** The beginning of the last message, in one line. */
  lastText: z.string(),
});
export type ThreadRecord = z.infer<typeof threadRecordSchema>;

export const threadPageSchema = z.object({ threads: z.array(threadRecordSchema), more: z.boolean() });
export type ThreadPage = z.infer<typeof threadPageSchema>;

/** A stretch of a thread, or of all messages, in order of sending, and whether there is more on either side. */
export const messagePageSchema = z.object({
  messages: z.array(messageItemSchema),
  earlier: z.boolean(),
  later: z.boolean(),
});
export type MessagePage = z.infer<typeof messagePageSchema>;

export const worktreeRecordSchema = z.object({
  agentId: z.string(),
  /** Absolute path. */
  path: z.string(),
  /** Without `refs/heads/`. */
  branch: z.string(),
  status: z.enum(worktreeStatuses),
  /** The commit it starts from. */
  baseCommit: z.string(),
  /** The branch its work is merged into, without `refs/heads/`: the parent's, or the user's for a root. */
  targetBranch: z.string(),
  /** The last commit on the agent's branch; null until the worktree is made. */
  headCommit: z.string().nullable(),
  /** The newest commit that keeps all that is in it, uncommitted files too. */
  snapshotCommit: z.string().nullable(),
  /** The target's commit that holds its last merge. */
  mergeCommit: z.string().nullable(),
  /** The user's uncommitted changes that a root took along: its base, and never merged back. */
  carriedCommit: z.string().nullable(),
  /** The newest commit that keeps its ignored files. */
  ignoredCommit: z.string().nullable(),
  /** When its folder was removed; what was in it can be brought back while its snapshots are kept. */
  removedAt: instant.nullable(),
  createdAt: instant,
});
export type WorktreeRecord = z.infer<typeof worktreeRecordSchema>;

/** A file, or all below a folder, that was too large to be kept when a worktree was removed. */
export const leftOutSchema = z.object({ path: z.string(), bytes: z.int() });
export type LeftOut = z.infer<typeof leftOutSchema>;

/** Something of a worktree that no agent has any more: the store was lost, or somebody moved it there. */
export const orphanSchema = z.object({
  /** `<name>-<id>` where that can be told. */
  name: z.string(),
  /** `leftover`: it stood in a worktree's way, or could not be kept yet. `repositories`: what a removed worktree held. */
  kind: z.enum(["worktree", "leftover", "repositories"]),
  /** Absolute path of its folder, or of where git records one that is gone; null: there is none. */
  path: z.string().nullable(),
  /** Git records a worktree there. */
  isRecorded: z.boolean(),
  branch: z.string().nullable(),
  /** The newest commits that keep its files, and its ignored ones. */
  filesCommit: z.string().nullable(),
  ignoredCommit: z.string().nullable(),
});
export type Orphan = z.infer<typeof orphanSchema>;

/** What a clean-up did, or would do. */
export const cleanReportSchema = z.object({
  removed: z.array(worktreeRecordSchema),
  /** Agents whose snapshots were purged: what was uncommitted or ignored in their worktrees is gone for good. */
  purged: z.array(worktreeRecordSchema),
  orphans: z.array(orphanSchema),
  /** What stays, and why. */
  stays: z.array(z.object({ name: z.string(), why: z.string() })),
});
export type CleanReport = z.infer<typeof cleanReportSchema>;

/** What came back, and where it is. */
export const restoreReportSchema = z.object({
  /** Absolute path. */
  path: z.string(),
  /** The commits that it is from. */
  filesCommit: z.string().nullable(),
  ignoredCommit: z.string().nullable(),
  leftOut: z.array(leftOutSchema),
});
export type RestoreReport = z.infer<typeof restoreReportSchema>;

export const turnRecordSchema = z.object({
  id: z.string(),
  agentId: z.string(),
  number: z.int().positive(),
  attempt: z.int().positive(),
  status: z.enum(turnStatuses),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
  cacheWriteTokens: z.int(),
  /** Micro-dollars; null where the model's price is unknown. */
  costUsd: z.int().nullable(),
  stopReason: z.string().nullable(),
  failure: z.string().nullable(),
  startedAt: instant,
  endedAt: instant.nullable(),
});
export type TurnRecord = z.infer<typeof turnRecordSchema>;

/** Own figures count what this agent did, subtree figures it and everything below it. Money in micro-dollars. */
export const agentFiguresSchema = z.object({
  turns: z.int(),
  /** Input, output and cache tokens together. */
  tokens: z.int(),
  costUsd: z.int(),
  /** Charged beyond holds; not in `costUsd`. */
  overrunUsd: z.int(),
  /** Holds of calls that were cut off. */
  unconfirmedUsd: z.int(),
  /** False where its model had no price for some of its turns: `costUsd` is then the least that it cost. */
  costKnown: z.boolean(),
  subtreeAgents: z.int(),
  subtreeTurns: z.int(),
  subtreeTokens: z.int(),
  subtreeCostUsd: z.int(),
  subtreeCostKnown: z.boolean(),
  allocatedUsd: z.int(),
  /** What it may still spend: allocated - used - reserved. */
  freeUsd: z.int(),
  pendingMessages: z.int(),
});

export const agentTreeRowSchema = agentRecordSchema.extend({
  figures: agentFiguresSchema,
  worktree: z
    .object({
      branch: z.string(),
      path: z.string(),
      status: z.enum(worktreeStatuses),
      mergeCommit: z.string().nullable(),
    })
    .nullable(),
});
/** One agent of the tree with its figures, in depth-first order of the tree. */
export type AgentTreeRow = z.infer<typeof agentTreeRowSchema>;

/** A team that was put away, with what all of it did. */
export const archivedTeamSchema = z.object({
  rootId: z.string(),
  /** Of its root, as the status. */
  name: z.string(),
  /** First line of its task. */
  task: z.string(),
  status: z.enum(endedStatuses),
  agents: z.int(),
  turns: z.int(),
  tokens: z.int(),
  /** Micro-dollars. */
  costUsd: z.int(),
  createdAt: instant,
  /** When the last of it ended. */
  endedAt: instant,
  archivedAt: instant,
});
export type ArchivedTeam = z.infer<typeof archivedTeamSchema>;

export const changedFileSchema = z.object({
  path: z.string(),
  status: z.enum(["added", "modified", "deleted", "renamed"]),
  /** Where a renamed file was before. */
  previousPath: z.string().nullable(),
  /** Lines; null for a binary file. */
  added: z.int().nullable(),
  deleted: z.int().nullable(),
});
export type ChangedFile = Readonly<z.infer<typeof changedFileSchema>>;

export const workDiffSchema = z.object({
  baseCommit: z.string(),
  headCommit: z.string(),
  files: z.array(changedFileSchema).readonly(),
});
/** What an agent's branch changed since its base. */
export type WorkDiff = Readonly<z.infer<typeof workDiffSchema>>;

export const mergeReportSchema = z.object({ mergeCommit: z.string(), files: z.array(z.string()).readonly() });
/** What a merge brought in. */
export type MergeReport = Readonly<z.infer<typeof mergeReportSchema>>;

/** A merge of an agent's work, newest last in lists. */
export const mergeRecordSchema = z.object({
  id: z.string(),
  agentId: z.string(),
  targetBranch: z.string(),
  manner: z.enum(mergeManners),
  state: z.enum(mergeStates),
  /** The work's tip. */
  sourceCommit: z.string(),
  /** What of it was merged: the same unless parts were left out. */
  mergedCommit: z.string(),
  /** The target's tip before. */
  targetBefore: z.string(),
  mergeCommit: z.string(),
  reason: z.string().nullable(),
  begunAt: instant,
  endedAt: instant.nullable(),
});
export type MergeRecord = z.infer<typeof mergeRecordSchema>;

/** Work that would not merge with other work as both are now. */
export const collisionSchema = z.object({
  agentId: z.string(),
  /** The other agent; null: a branch of the user's. */
  otherId: z.string().nullable(),
  otherBranch: z.string(),
  files: z.array(z.string()),
});
export type Collision = z.infer<typeof collisionSchema>;

/** A merge whose conflicts are to be resolved in the agent's worktree. */
export const resolutionSchema = z.object({
  agentId: z.string(),
  /** Absolute path of the worktree. */
  path: z.string(),
  targetBranch: z.string(),
  /** The target's tip that is being merged into the agent's branch. */
  targetCommit: z.string(),
  /** Files that are not resolved yet, from the worktree's root. */
  files: z.array(z.string()),
});
export type Resolution = z.infer<typeof resolutionSchema>;

/** One line of a hunk. */
export const diffLineSchema = z.object({
  kind: z.enum(["context", "added", "deleted"]),
  /** Without its line break. Bytes that are no UTF-8 are replaced. */
  text: z.string(),
  /** From 1; null where the line isn't in that version. */
  baseLine: z.int().nullable(),
  workLine: z.int().nullable(),
  /** The file ends here without a line break. */
  noNewline: z.boolean(),
});
export type DiffLine = z.infer<typeof diffLineSchema>;

export const diffHunkSchema = z.object({
  /** A hash of its lines and of how many alike came before it in the file: known again when other hunks move it. */
  id: z.string(),
  /** The first line and the number of lines, in each version. */
  baseStart: z.int(),
  baseCount: z.int(),
  workStart: z.int(),
  workCount: z.int(),
  /** What git says that it is in: a function's head, for instance; may be empty. */
  heading: z.string(),
  lines: z.array(diffLineSchema),
});
export type DiffHunk = z.infer<typeof diffHunkSchema>;

export const decisionSchema = z.enum(decisions);

/** A file of a review. */
export const reviewFileSchema = changedFileSchema.extend({
  /** Bytes in each version; null where the file isn't there. */
  baseSize: z.int().nullable(),
  workSize: z.int().nullable(),
  /** `100644`, `100755` for a program, `120000` for a link, `160000` for a submodule; null where it isn't there. */
  baseMode: z.string().nullable(),
  workMode: z.string().nullable(),
  binary: z.boolean(),
  /** Too large for its lines to be shown, or not made of lines: it is accepted or rejected as a whole. */
  wholeOnly: z.boolean(),
  /** null: none. Of the whole file; hunks that differ stand in `marks`. */
  decision: decisionSchema.nullable(),
  /** Decisions on single hunks, by hunk id. Those of hunks that are no longer there are left out. */
  marks: z.record(z.string(), decisionSchema),
});
export type ReviewFile = z.infer<typeof reviewFileSchema>;

export const reviewCommentSchema = z.object({
  id: z.string(),
  agentId: z.string(),
  path: z.string(),
  side: z.enum(diffSides),
  /** From 1, in that side's version as of `headCommit`. */
  line: z.int(),
  /** The work's tip when it was written. */
  headCommit: z.string(),
  hunk: z.string().nullable(),
  /** The lines around it, as the agent is told them. */
  excerpt: z.string(),
  body: z.string(),
  writtenAt: instant,
  /** The message in which the agent was told it; null: not yet. */
  messageId: z.string().nullable(),
  sentAt: instant.nullable(),
  resolvedAt: instant.nullable(),
});
export type ReviewComment = z.infer<typeof reviewCommentSchema>;

/** What the user is to decide on: an agent's work, as far as its target doesn't have it. */
export const reviewSchema = z.object({
  agent: agentRecordSchema,
  worktree: worktreeRecordSchema,
  /** Where a merge goes: another agent, or null for a branch of the user's. */
  targetAgentId: z.string().nullable(),
  /** What the work is compared with. */
  baseCommit: z.string(),
  /** The work itself: of an agent at work, as of its last snapshot. */
  headCommit: z.string(),
  files: z.array(reviewFileSchema),
  comments: z.array(reviewCommentSchema),
  /** What the agent answered to comments, oldest first. */
  answers: z.array(z.object({ id: z.string(), commentId: z.string(), at: instant, body: z.string() })),
  collisions: z.array(collisionSchema),
  /** Files in which a merge into the target would conflict now. */
  conflicts: z.array(z.string()),
  /** The last merge that was made, if it can be undone now. */
  undoable: mergeRecordSchema.nullable(),
  resolution: resolutionSchema.nullable(),
});
export type Review = z.infer<typeof reviewSchema>;

/** One file's lines. */
export const fileReviewSchema = z.object({
  path: z.string(),
  headCommit: z.string(),
  hunks: z.array(diffHunkSchema),
  /** Why its lines are not shown; null where they are. */
  omitted: z.enum(["binary", "large", "submodule"]).nullable(),
});
export type FileReview = z.infer<typeof fileReviewSchema>;
