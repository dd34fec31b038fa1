import type { z } from "zod";
import type { Result } from "../../base/errors.ts";
import type { AgentResult, ChangedFile, Forecast, MergeReport, Report } from "../../protocol/records.ts";
import type { Priority } from "../../protocol/words.ts";

/** A file of the agent's worktree that git tracks or would track. */
export interface FileEntry {
  /** From the worktree's root, with `/`. */
  readonly path: string;
  /** Bytes; null for a link to nowhere or a submodule. */
  readonly size: number | null;
}

export interface SearchMatch {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface SearchQuery {
  /** A POSIX extended regular expression. */
  readonly pattern: string;
  /** A folder or file of the worktree; the root is `.`. */
  readonly path: string;
  readonly ignoreCase: boolean;
  /** At most so many matches are returned. */
  readonly limit: number;
  /** Matches to pass over first. */
  readonly offset: number;
}

/** What the worktree offers to tools. The engine makes it; tools never start git. */
export interface WorktreeFiles {
  /** Absolute, real path of the worktree. */
  readonly root: string;
  /** Every tracked or trackable file below a folder, sorted by path. Ignored files are left out. */
  list(path: string): Promise<readonly FileEntry[]>;
  /** Matches sorted by path and line, and whether there were more. Refuses a pattern that is none. */
  search(query: SearchQuery, signal: AbortSignal): Promise<Result<{ matches: readonly SearchMatch[]; more: boolean }>>;
}

export interface DiffQuery {
  /** `base`: what the agent started from. `head`: its last commit. Else a commit of its own history, by id. */
  readonly from: string;
  /** A folder or file of the worktree; the root is `.`. */
  readonly path: string;
  /** The patch's first line to return, from 1. */
  readonly offset: number;
  /** At most so many lines of the patch are returned; 0: none. */
  readonly limit: number;
}

/** What differs between a commit and the worktree as it is, with what is uncommitted and untracked. */
export interface WorktreeDiff {
  readonly from: string;
  /** Sorted by path; all of them, whatever part of the patch was asked for. */
  readonly files: readonly ChangedFile[];
  /** A unified patch's lines. A line of many characters is cut; `length` is what it had. */
  readonly lines: readonly { readonly text: string; readonly length: number }[];
  /** Whether the patch goes on. */
  readonly more: boolean;
}

export interface LoggedCommit {
  readonly id: string;
  readonly author: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** The message's first line. */
  readonly subject: string;
}

/** A part of the history, newest first: first what came since the base, then what was before. */
export interface WorktreeLog {
  readonly base: string;
  /** How many commits there are since the base, whatever part was asked for. */
  readonly sinceBase: number;
  readonly commits: readonly LoggedCommit[];
  readonly more: boolean;
}

export interface WorktreeStatus {
  readonly branch: string;
  readonly head: string;
  readonly base: string;
  /** The branch that its work goes to. */
  readonly target: string;
  readonly commitsSinceBase: number;
  /** Sorted by path. */
  readonly uncommitted: readonly UncommittedPath[];
  /** Repositories inside that the worktree's own does not know: their files are in no commit. */
  readonly nested: readonly string[];
  /** What git ignores, whole folders with a `/` at their end: it is in no commit. */
  readonly ignored: readonly string[];
}

export interface UncommittedPath {
  readonly path: string;
  readonly what: "new" | "modified" | "deleted";
}

/** `files`: the paths in it. */
export interface MadeCommit {
  readonly id: string;
  readonly files: readonly string[];
}

/** What git knows of the agent's worktree, as far as it is the agent's business. The engine makes it; see `WorktreeFiles`. */
export interface WorktreeHistory {
  /** Refuses what is no commit of the agent's own history. */
  diff(query: DiffQuery, signal: AbortSignal): Promise<Result<WorktreeDiff>>;
  /** Works without a worktree too. `offset`: commits to pass over first. */
  log(part: { readonly offset: number; readonly limit: number }): Promise<Result<WorktreeLog>>;
  status(): Promise<Result<WorktreeStatus>>;
  /** Commits all that is uncommitted on the agent's own branch; null where there is nothing. */
  commit(message: string): Promise<Result<MadeCommit | null>>;
}

export interface SpawnRequest {
  readonly name: string;
  readonly role: string;
  readonly task: string;
  /** `provider/model`; the parent's own when absent. */
  readonly model?: string | undefined;
  /** Micro-dollars; an equal share of what the parent has free when absent. */
  readonly budgetUsd?: number | undefined;
  readonly budgetTokens?: number | undefined;
}

export interface ReopenRequest {
  readonly agent: string;
  readonly task?: string | undefined;
  /** Micro-dollars; as much as it was given last when absent. */
  readonly budgetUsd?: number | undefined;
  readonly budgetTokens?: number | undefined;
}

export interface ForecastRequest extends Pick<SpawnRequest, "role" | "model" | "budgetUsd" | "budgetTokens"> {
  readonly agents: number;
}

/** `left`: what this agent has free. */
export type TeamForecast = Forecast & { readonly left: { readonly usd: number; readonly tokens: number } };

/** Money in micro-dollars. */
export interface TeamStatus {
  readonly left: { readonly usd: number; readonly tokens: number };
  readonly children: readonly {
    readonly name: string;
    readonly role: string;
    readonly status: string;
    readonly reason: string | null;
    /** Of it and all below it, by now. */
    readonly used: { readonly usd: number; readonly tokens: number };
    readonly result: AgentResult | null;
  }[];
  /** Of all children together. */
  readonly total: { readonly open: number; readonly ended: number; readonly usd: number; readonly tokens: number };
}

export interface MessageRequest {
  /** A name in the team, an id, `parent`, `children` or `team`; who sent what it replies to when absent. */
  readonly to?: string | undefined;
  readonly body: string;
  readonly priority: Priority;
  /** Id of the message that it replies to. */
  readonly inReplyTo?: string | undefined;
  readonly threadId?: string | undefined;
  /** A child that has ended is opened again, and gets this as more work. */
  readonly reopen?: boolean | undefined;
}

export interface SentMessages {
  readonly threadId: string;
  readonly sent: readonly { readonly messageId: string; readonly to: string }[];
}

/** What may end a wait, beside its time limit. Whatever is waited for, an urgent message and a question end it too. */
export type WaitUntil =
  | { readonly for: "message" }
  | { readonly for: "children" }
  | { readonly for: "answer"; readonly questionId: string; readonly name: string };

/** What an agent may do with others. The engine makes it for one agent; it can't act as another. */
export interface Team {
  spawn(request: SpawnRequest): Promise<Result<{ id: string; name: string; branch: string }>>;
  send(message: MessageRequest): Promise<Result<SentMessages>>;
  /** Sends a question; `wait` until its answer is for the caller. */
  ask(question: {
    to: string;
    body: string;
    priority: Priority;
  }): Promise<Result<{ questionId: string; name: string }>>;
  /** Merges the branch of an ended child, by name or id, into this agent's own. */
  merge(child: string): Promise<Result<MergeReport>>;
  /** Gives an ended child the conflicts of its work with this agent's to resolve, in its own worktree; answers the files. */
  letResolve(child: string): Promise<Result<{ name: string; files: readonly string[] }>>;
  /** Stands under a comment on this agent's work in the user's review. */
  answerComment(answer: { readonly comment: string; readonly body: string }): Promise<Result<null>>;
  /** Gives an agent below this one more to spend, out of what this one has free. */
  raise(agent: string, amounts: { readonly usd: number; readonly tokens: number }): Promise<Result<{ name: string }>>;
  /** Ends an agent below this one, and all below that. */
  stop(agent: string, reason: string): Promise<Result<{ name: string }>>;
  /** Gives a child that has ended more work, and a budget for it; without a task, its own is tried again. */
  reopen(request: ReopenRequest): Promise<Result<{ name: string }>>;
  /** What agents may come to before they are hired. */
  forecast(request: ForecastRequest): Promise<Result<TeamForecast>>;
  /** What this agent has left, and what became of those it hired. */
  status(): Promise<TeamStatus>;
}

export interface ToolContext {
  readonly agent: { readonly id: string; readonly name: string };
  readonly files: WorktreeFiles;
  readonly history: WorktreeHistory;
  readonly team: Team;
  readonly signal: AbortSignal;
  /**
   * Throws where another process leads by now. To be called in the very breath that changes something: a process that
   * was stopped and goes on later must not spoil the work of the one that replaced it.
   */
  assertLeading(): void;
}

export type ToolOutcome =
  | { readonly kind: "result"; readonly content: string; readonly isError: boolean }
  /** The turn parks until there is something to take: the next one takes it. */
  | { readonly kind: "wait"; readonly until: WaitUntil; readonly timeoutMs: number | null }
  /** The agent is done. */
  | { readonly kind: "report"; readonly result: Report };

export interface Tool<Input = unknown> {
  readonly name: string;
  /** Written for the model that reads it. */
  readonly description: string;
  readonly input: z.ZodType<Input>;
  /**
   * `reads`: may run again after a crash and beside other reading tools. `once`: changes something, and takes effect once
   * however often it runs, since its call names it; runs again after a crash. `changes`: announced before it runs, and one
   * that has no result after a crash is `interrupted`, never run again.
   */
  readonly effect: "reads" | "once" | "changes";
  /** Whether it looks at files: the agent's worktree is there before it runs, and is made for it where need be. */
  readonly needsWorktree: boolean;
  /** Must not throw for anything that the model can cause: that is a result with `isError`. */
  run(input: Input, context: ToolContext): Promise<ToolOutcome>;
}

export const succeed = (content: string): ToolOutcome => ({ kind: "result", content, isError: false });
/** Says what was wrong and what would be right, to the model. */
export const failWith = (content: string): ToolOutcome => ({ kind: "result", content, isError: true });
