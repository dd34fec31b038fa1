import type { Result } from "../../base/errors.ts";
import type { CommentCommand, MarkCommand } from "../../protocol/commands.ts";
import type {
  Collision,
  FileReview,
  LeftOut,
  MergeRecord,
  MergeReport,
  Orphan,
  Resolution,
  ReviewComment,
  WorkDiff,
  WorktreeRecord,
} from "../../protocol/records.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { WorktreeFiles, WorktreeHistory } from "../tools/tool.ts";
import type { MergeHow } from "./merge-checkout.ts";
import type { KeptFiles } from "./restore.ts";
import type { WorkReview } from "./review.ts";
import type { ChangesRequest } from "./reviewing.ts";
import type { Start, StartWish } from "./start.ts";

/** Where a new root starts, and where its work goes back to. */
export interface CheckedOut {
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly commit: string;
}

/** The room that owns git. Everything it runs is hardened; what it refuses says what to do. */
export interface Worktrees {
  /** The branch and commit that the user's checkout is on; refuses a repository without a commit and a detached HEAD. */
  checkedOut(): Promise<Result<CheckedOut>>;
  /** Where a new team starts from and what its work goes to; refuses what isn't there. */
  startOf(wish: StartWish): Promise<Result<Start>>;
  /** The user's local branches, the current one first. */
  branches(): Promise<readonly string[]>;

  /** Inserts the row of a worktree, `creating` until it is made: when its agent first works on files, or merges into it. */
  reserve(
    tx: Transaction,
    plan: {
      agentId: string;
      name: string;
      baseCommit: string;
      targetBranch: string;
      /** The user's uncommitted changes, where it starts from them. */
      carriedCommit?: string | null;
    },
  ): Promise<WorktreeRecord>;
  /** From now on its work is to be merged where that of an agent that ended, and from which it started, was to be. */
  inheritTarget(tx: Transaction, agentId: string, endedId: string): Promise<void>;
  /**
   * Makes the worktree where it isn't there yet, and sets it up; the status becomes `isolated`. Safe to repeat after a
   * crash. Refuses with `set_up_failed`; rejects with the signal's reason.
   */
  ensure(agentId: string, signal?: AbortSignal): Promise<Result<WorktreeRecord>>;

  /**
   * Commits whatever is uncommitted in the worktree on the agent's own branch, and answers the branch's tip: the base of
   * a worktree that was never made.
   */
  commitWork(agentId: string, message: string): Promise<string>;
  /** Keeps all that is in the worktree as a commit under a ref of its own, and answers it. */
  snapshot(agentId: string): Promise<string>;

  /**
   * Merges a child's branch into its parent's, in the parent's worktree: whole or, with a conflict named, not at all.
   * Refuses with `nothing_to_merge` a child that never had a worktree.
   */
  mergeIntoParent(childId: string, parentId: string, message: string): Promise<Result<MergeReport>>;
  /** Merges a root's branch into the user's checkout, through a recorded intent: whole or not at all, as above. */
  mergeIntoCheckout(agentId: string, message: string, how?: Partial<MergeHow>): Promise<Result<MergeReport>>;
  /** Every merge of an agent's work, or of all agents', oldest first. */
  merges(agentId?: string): Promise<readonly MergeRecord[]>;
  /** Takes the last merge into a branch of the user's back: whole or not at all, as long as nothing came on top. */
  undoMerge(agentId: string): Promise<Result<MergeRecord>>;
  /** Merges the target into the agent's branch, in its worktree, where the conflicts then stand; see `Resolution`. */
  beginResolution(agentId: string): Promise<Result<Resolution>>;
  /** Commits what was resolved; refuses with `conflict` while conflict markers stand in a file. */
  finishResolution(agentId: string): Promise<Result<null>>;
  /** Puts the worktree back to before; what was resolved is kept in a snapshot. */
  abandonResolution(agentId: string): Promise<Result<null>>;
  /** Work that would conflict as things are now. */
  collisions(): Promise<readonly Collision[]>;

  readonly reviews: Reviews;

  /** Finishes or takes back the merges that a crash cut off. */
  recover(): Promise<void>;

  /**
   * Removes the worktree of an agent that has ended, merged or not; the branch stays. Resolves when it is out of the way:
   * what was in it, down to ignored files, is kept in the background before it is deleted, and comes back with `ensure`.
   */
  remove(agentId: string): Promise<Result<WorktreeRecord>>;

  /** What the last removals of agents' worktrees left out of what is kept, by agent; those that left nothing out aren't in it. */
  leftOut(records: readonly WorktreeRecord[]): Promise<ReadonlyMap<string, readonly LeftOut[]>>;
  /** Writes what commits keep of a worktree into a folder that is empty or isn't there. */
  writeKept(kept: KeptFiles, folder: string): Promise<Result<null>>;
  /**
   * Folders, branches, refs and records of git's that no row knows. `archived`: the agents whose rows are put away.
   */
  orphans(archived: ReadonlySet<string>): Promise<readonly Orphan[]>;
  /** Takes an orphan's folder away when all in it is kept under a ref; the rest of it stays. Answers what it is kept as. */
  cleanOrphan(orphan: Orphan): Promise<Result<string | null>>;
  /** Deletes what is kept of removed worktrees beside their branches; answers whose. */
  purge(agentIds: readonly string[]): Promise<readonly string[]>;
  /** Forgets what was kept for as long as the settings say, of work that was merged. */
  sweep(): Promise<void>;

  /** Runs `work` while nobody works in these agents' worktrees and nothing is merged from or into them. */
  holding<T>(agentIds: readonly string[], work: () => Promise<T>): Promise<T>;

  get(reader: Reader, agentId: string): Promise<WorktreeRecord | undefined>;
  list(): Promise<readonly WorktreeRecord[]>;
  diff(agentId: string): Promise<Result<WorkDiff>>;
  /** The same as a unified patch. */
  patch(agentId: string): Promise<Result<string>>;
  /** A file's bytes as of a commit; undefined where it isn't there. */
  readFileAt(commit: string, path: string): Promise<Uint8Array | undefined>;
  /** What the agent's tools see of its worktree. */
  files(record: WorktreeRecord): WorktreeFiles;
  /** What they know of its commits, and may add to them. */
  history(record: WorktreeRecord): WorktreeHistory;

  /** Waits for what goes on in the background: folders that are being kept and deleted. */
  dispose(): Promise<void>;
}

/** What the user looks at of an agent's work, and says to it. */
export interface Reviews {
  /** What the user is to decide on. */
  get(agentId: string): Promise<Result<WorkReview>>;
  file(agentId: string, path: string): Promise<Result<FileReview>>;
  mark(agentId: string, command: MarkCommand): Promise<Result<null>>;
  comment(agentId: string, command: CommentCommand & { readonly id: string }): Promise<Result<ReviewComment>>;
  settleComment(id: string, resolved: boolean): Promise<Result<null>>;
  /** What the agent is to be told now; see `ChangesRequest`. */
  changesToRequest(agentId: string): Promise<Result<ChangesRequest>>;
  /** These comments are from now on sent, in this message. */
  commentsSent(tx: Transaction, commentIds: readonly string[], messageId: string): Promise<void>;
  /** Keeps what an agent says to a comment that it was sent. Given again under the same id it is there once. */
  answerComment(agentId: string, answer: { id: string; commentId: string; body: string }): Promise<Result<null>>;
}
