import { z } from "zod";
import { call, listOf, resultOf } from "./call.ts";
import {
  cleanCommandSchema,
  commentCommandSchema,
  forecastCommandSchema,
  markCommandSchema,
  mergeCommandSchema,
  messageQuerySchema,
  raiseCommandSchema,
  reopenCommandSchema,
  requestChangesCommandSchema,
  sendCommandSchema,
  spawnCommandSchema,
  threadQuerySchema,
} from "./commands.ts";
import { engineEventSchema } from "./events.ts";
import {
  agentRecordSchema,
  agentTreeRowSchema,
  archivedTeamSchema,
  budgetEntrySchema,
  budgetRecordSchema,
  cleanReportSchema,
  collisionSchema,
  fileReviewSchema,
  forecastSchema,
  leftOutSchema,
  mergeRecordSchema,
  mergeReportSchema,
  messageItemSchema,
  messagePageSchema,
  messageRecordSchema,
  orphanSchema,
  resolutionSchema,
  restoreReportSchema,
  reviewCommentSchema,
  reviewSchema,
  spendingRecordSchema,
  threadPageSchema,
  turnRecordSchema,
  workDiffSchema,
  worktreeRecordSchema,
} from "./records.ts";
import { transcriptEntrySchema } from "./transcript.ts";
import { scopes } from "./words.ts";

/** What a client may ask of the engine of another process: the same commands and snapshots, one call each. */

/** Rises with every change that an older client or leader would not understand. */
export const protocolVersion = 4;

/** Bytes cross as base64. */
const bytesSchema = z.codec(z.base64(), z.instanceof(Uint8Array), {
  decode: (text) => z.util.base64ToUint8Array(text),
  encode: (bytes) => z.util.uint8ArrayToBase64(bytes),
});

const agent = z.tuple([z.string()]);
const message = z.tuple([z.string()]);
const scope = z.enum(scopes);
const agentOrAll = z.tuple([z.string().nullable()]);

export const engineCalls = {
  agents: {
    spawn: call("agents.spawn", z.tuple([spawnCommandSchema]), resultOf(agentRecordSchema)),
    find: call("agents.find", agent, resultOf(agentRecordSchema)),
    tree: call("agents.tree", agentOrAll, listOf(agentTreeRowSchema)),
    turns: call("agents.turns", agent, resultOf(listOf(turnRecordSchema))),
    transcript: call("agents.transcript", agent, resultOf(listOf(transcriptEntrySchema))),
    children: call("agents.children", agent, resultOf(listOf(agentRecordSchema))),
    ancestors: call("agents.ancestors", agent, resultOf(listOf(agentRecordSchema))),
    descendants: call("agents.descendants", agent, resultOf(listOf(agentRecordSchema))),
    stop: call("agents.stop", z.tuple([z.string(), z.string(), scope]), resultOf(agentRecordSchema)),
    stopEverything: call("agents.stopEverything", z.tuple([z.string()]), listOf(agentRecordSchema)),
    pause: call("agents.pause", z.tuple([z.string(), z.string(), scope]), resultOf(agentRecordSchema)),
    resume: call("agents.resume", z.tuple([z.string(), scope]), resultOf(agentRecordSchema)),
    reopen: call("agents.reopen", z.tuple([reopenCommandSchema]), resultOf(agentRecordSchema)),
    archive: call("agents.archive", agent, resultOf(archivedTeamSchema)),
    restore: call("agents.restore", agent, resultOf(agentRecordSchema)),
    archived: call("agents.archived", z.tuple([]), listOf(archivedTeamSchema)),
    archivedTeam: call("agents.archivedTeam", agent, resultOf(listOf(agentTreeRowSchema))),
  },
  messages: {
    send: call("messages.send", z.tuple([sendCommandSchema]), resultOf(listOf(messageRecordSchema))),
    list: call("messages.list", agentOrAll, resultOf(listOf(messageRecordSchema))),
    find: call("messages.find", message, resultOf(messageRecordSchema)),
    threads: call("messages.threads", z.tuple([threadQuerySchema]), resultOf(threadPageSchema)),
    page: call("messages.page", z.tuple([messageQuerySchema]), resultOf(messagePageSchema)),
    deadLetters: call("messages.deadLetters", agentOrAll, resultOf(listOf(messageItemSchema))),
    sendAgain: call("messages.sendAgain", message, resultOf(messageRecordSchema)),
    discard: call("messages.discard", message, resultOf(messageRecordSchema)),
  },
  budgets: {
    list: call("budgets.list", agentOrAll, resultOf(listOf(budgetRecordSchema))),
    ledger: call("budgets.ledger", agent, resultOf(listOf(budgetEntrySchema))),
    raise: call("budgets.raise", z.tuple([raiseCommandSchema]), resultOf(listOf(budgetRecordSchema))),
    forecast: call("budgets.forecast", z.tuple([forecastCommandSchema]), resultOf(forecastSchema)),
    spending: call("budgets.spending", z.tuple([]), spendingRecordSchema),
  },
  worktrees: {
    list: call("worktrees.list", z.tuple([]), listOf(worktreeRecordSchema)),
    diff: call("worktrees.diff", agent, resultOf(workDiffSchema)),
    patch: call("worktrees.patch", agent, resultOf(z.string())),
    readFileAt: call("worktrees.readFileAt", z.tuple([z.string(), z.string()]), bytesSchema.optional()),
    merge: call("worktrees.merge", z.tuple([z.string(), mergeCommandSchema]), resultOf(mergeReportSchema)),
    merges: call("worktrees.merges", agentOrAll, resultOf(listOf(mergeRecordSchema))),
    undoMerge: call("worktrees.undoMerge", agent, resultOf(mergeRecordSchema)),
    resolve: call("worktrees.resolve", z.tuple([z.string(), z.enum(["agent", "user"])]), resultOf(resolutionSchema)),
    finishResolution: call("worktrees.finishResolution", agent, resultOf(z.null())),
    abandonResolution: call("worktrees.abandonResolution", agent, resultOf(z.null())),
    collisions: call("worktrees.collisions", z.tuple([]), listOf(collisionSchema)),
    branches: call("worktrees.branches", z.tuple([]), listOf(z.string())),
    orphans: call("worktrees.orphans", z.tuple([]), listOf(orphanSchema)),
    leftOut: call("worktrees.leftOut", z.tuple([]), z.record(z.string(), listOf(leftOutSchema))),
    clean: call("worktrees.clean", z.tuple([cleanCommandSchema]), resultOf(cleanReportSchema)),
    restore: call("worktrees.restore", z.tuple([z.string(), z.string().nullable()]), resultOf(restoreReportSchema)),
  },
  reviews: {
    get: call("reviews.get", agent, resultOf(reviewSchema)),
    file: call("reviews.file", z.tuple([z.string(), z.string()]), resultOf(fileReviewSchema)),
    mark: call("reviews.mark", z.tuple([markCommandSchema]), resultOf(reviewSchema)),
    comment: call("reviews.comment", z.tuple([commentCommandSchema]), resultOf(reviewCommentSchema)),
    settleComment: call("reviews.settleComment", z.tuple([z.string(), z.boolean()]), resultOf(z.null())),
    requestChanges: call(
      "reviews.requestChanges",
      z.tuple([requestChangesCommandSchema]),
      resultOf(messageRecordSchema),
    ),
  },
} as const;

/** The first call of a client; until it is answered, nothing else is. */
export const attachCall = call(
  "attach",
  z.tuple([
    z.object({
      protocol: z.int(),
      /** From the lock, which only the user can read. */
      token: z.string(),
      /** Position of the last event that the client heard of: it is told those since. Null: those from now on. */
      since: z.int().nullable(),
    }),
  ]),
  resultOf(
    z.object({
      position: z.int(),
      /** The checkout that the leader starts teams from and merges them into. */
      root: z.string(),
    }),
  ),
);

/** What the leader tells its clients, in order. */
export const eventTold = { name: "event", args: z.tuple([engineEventSchema]) } as const;
