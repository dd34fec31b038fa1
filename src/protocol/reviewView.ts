import { z } from "zod";
import { call, listOf, resultOf } from "./call.ts";
import {
  commentCommandSchema,
  markCommandSchema,
  mergeCommandSchema,
  requestChangesCommandSchema,
} from "./commands.ts";
import { fileReviewSchema, mergeReportSchema, reviewCommentSchema, reviewSchema } from "./records.ts";

/**
 * What the review of one agent's work and the extension say to each other. Whose work it is, the extension knows: the view
 * can ask for no other's. The view holds no truth: it asks, and asks again.
 */

/** What a state that has no work to show offers. */
export const reviewActions = {
  retry: "Retry",
  showLog: "Show Log",
  openFolder: "Open Folder",
  trust: "Manage Workspace Trust",
} as const;
export type ReviewAction = keyof typeof reviewActions;
const actionNames = ["retry", "showLog", "openFolder", "trust"] as const satisfies readonly ReviewAction[];

export const reviewStateSchema = z.discriminatedUnion("kind", [
  /** The review can be asked for. `note`: what the user should know meanwhile, in one line. */
  z.object({ kind: z.literal("ready"), note: z.string().nullable() }),
  /** It will be there in a moment. */
  z.object({ kind: z.literal("wait"), text: z.string() }),
  /** There is nothing to ask. */
  z.object({ kind: z.literal("none"), text: z.string(), actions: listOf(z.enum(actionNames)) }),
]);
export type ReviewState = z.infer<typeof reviewStateSchema>;

export const shownReviewSchema = z.object({
  review: reviewSchema,
  /** Of the other agents that the review names, by id. */
  names: z.record(z.string(), z.string()),
  /** Why the user can't merge it now, in one line; null where he can. */
  mergeObstacle: z.string().nullable(),
});
/** A review with what the view can't know of itself. */
export type ShownReview = z.infer<typeof shownReviewSchema>;

export const openedSchema = z.object({ agentId: z.string(), state: reviewStateSchema });
/** What a view that is ready is told: whose work it shows. */
export type Opened = z.infer<typeof openedSchema>;

const id = z.string().min(1).max(200);
const nothing = z.null();

/** The view asks the extension, which takes nothing that these don't. */
export const reviewViewCalls = {
  /** The first call, and the only one before which nothing is told. */
  ready: call("ready", z.tuple([]), openedSchema),
  get: call("get", z.tuple([]), resultOf(shownReviewSchema)),
  file: call("file", z.tuple([z.string().min(1).max(10_000)]), resultOf(fileReviewSchema)),
  mark: call("mark", z.tuple([markCommandSchema.omit({ agent: true })]), resultOf(shownReviewSchema)),
  comment: call("comment", z.tuple([commentCommandSchema.omit({ agent: true })]), resultOf(reviewCommentSchema)),
  settleComment: call("settleComment", z.tuple([id, z.boolean()]), resultOf(nothing)),
  requestChanges: call(
    "requestChanges",
    z.tuple([requestChangesCommandSchema.omit({ agent: true })]),
    resultOf(nothing),
  ),
  merge: call("merge", z.tuple([mergeCommandSchema]), resultOf(mergeReportSchema)),
  undoMerge: call("undoMerge", z.tuple([]), resultOf(nothing)),
  /** By the agent in its worktree, or by the user in the editor's own merge editor. */
  resolve: call("resolve", z.tuple([z.enum(["agent", "user"])]), resultOf(nothing)),
  finishResolution: call("finishResolution", z.tuple([]), resultOf(nothing)),
  abandonResolution: call("abandonResolution", z.tuple([]), resultOf(nothing)),
  /** Where it may be merged, the current branch first. */
  branches: call("branches", z.tuple([]), resultOf(listOf(z.string()))),
  /** The same work in the editor's own multi-file diff. */
  openDiff: call("openDiff", z.tuple([]), nothing),
  openAgent: call("openAgent", z.tuple([id]), nothing),
  /** The review of another agent's work. */
  openReview: call("openReview", z.tuple([id]), nothing),
  /** Asks the user, and opens it outside. */
  openLink: call("openLink", z.tuple([z.string().min(1).max(8_000)]), nothing),
  act: call("act", z.tuple([z.enum(actionNames)]), nothing),
} as const;

/** The extension tells the view. */
export const toldToReviewView = {
  state: { name: "state", args: z.tuple([reviewStateSchema]) },
  /** The review may be another one than before. */
  changed: { name: "changed", args: z.tuple([]) },
} as const;
