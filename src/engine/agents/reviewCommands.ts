import type { Result } from "../../base/errors.ts";
import type {
  CommentCommandInput,
  MarkCommandInput,
  MergeCommandInput,
  RequestChangesCommandInput,
} from "../../protocol/commands.ts";
import type {
  Collision,
  FileReview,
  MergeRecord,
  MergeReport,
  MessageRecord,
  Resolution,
  Review,
  ReviewComment,
} from "../../protocol/records.ts";
import type { Lookup } from "./commands.ts";
import type { Parts } from "./parts.ts";

/** What the user may ask of an agent's work: to look at it, to say what is to change, and to merge it. */
export interface ReviewCommands {
  /** All that a review shows but the lines of its files. */
  get(agent: string): Promise<Result<Review>>;
  /** One file's hunks, as of the review's base and head. */
  file(agent: string, path: string): Promise<Result<FileReview>>;
  /** Accepts or rejects a file or a hunk, or takes that back. */
  mark(command: MarkCommandInput): Promise<Result<Review>>;
  /** Writes a comment on a line, or changes one that wasn't sent. */
  comment(command: CommentCommandInput): Promise<Result<ReviewComment>>;
  /** Deletes a comment that wasn't sent; one that was is resolved, or open again. */
  settleComment(id: string, resolved: boolean): Promise<Result<null>>;
  /** Sends the comments that weren't sent, and the rejected hunks, as one message; an agent that has ended goes on. */
  requestChanges(command: RequestChangesCommandInput): Promise<Result<MessageRecord>>;
}

/** How work gets where it belongs. */
export interface MergeCommands {
  /**
   * Merges a root's work into the user's branch, or into another one, then removes the team's merged worktrees where
   * nothing is lost.
   */
  merge(agent: string, command?: MergeCommandInput): Promise<Result<MergeReport>>;
  /** Every merge of an agent's work, or of all agents', oldest first. */
  merges(agent?: string): Promise<Result<readonly MergeRecord[]>>;
  /** Takes the last merge into a branch of the user's back, as long as nothing came on top. */
  undoMerge(agent: string): Promise<Result<MergeRecord>>;
  /**
   * Merges the target into an agent's own branch, in its worktree, where the conflicts stand from then on: for the agent,
   * which is told of them and goes on, or for the user.
   */
  resolve(agent: string, by: "agent" | "user"): Promise<Result<Resolution>>;
  /** Commits what the user resolved; refuses as long as a file holds conflict markers. */
  finishResolution(agent: string): Promise<Result<null>>;
  /** Puts the worktree back to before; what was resolved is kept in a snapshot. */
  abandonResolution(agent: string): Promise<Result<null>>;
  /** Work that would conflict as things are now: between agents, and with the branches that it is to be merged into. */
  collisions(): Promise<readonly Collision[]>;
  /** The user's local branches, the current one first: where work may be merged. */
  branches(): Promise<readonly string[]>;
}

const unbuilt = async (): Promise<never> => {
  throw new Error("not built yet");
};

export const createReviewCommands = (_parts: Parts, _lookup: Lookup): ReviewCommands => ({
  get: unbuilt,
  file: unbuilt,
  mark: unbuilt,
  comment: unbuilt,
  settleComment: unbuilt,
  requestChanges: unbuilt,
});

export const createMergeCommands = (_parts: Parts, _lookup: Lookup): Omit<MergeCommands, "merge"> => ({
  merges: unbuilt,
  undoMerge: unbuilt,
  resolve: unbuilt,
  finishResolution: unbuilt,
  abandonResolution: unbuilt,
  collisions: async () => [],
  branches: unbuilt,
});
