/** The words that the database, the wire and the screen share; their meanings stand in docs/architecture.md. */

export const agentStatuses = ["pending", "running", "waiting", "paused", "completed", "failed", "terminated"] as const;
export type AgentStatus = (typeof agentStatuses)[number];

export const endedStatuses = ["completed", "failed", "terminated"] as const;
export type EndedStatus = (typeof endedStatuses)[number];
export const isEnded = (status: AgentStatus): status is EndedStatus =>
  (endedStatuses as readonly AgentStatus[]).includes(status);

/** What a waiting agent waits for. */
export const waitReasons = ["child", "message", "attention", "budget", "provider"] as const;
export type WaitReason = (typeof waitReasons)[number];

/** Reasons to wait that only the user can end. */
export const userWaits = ["attention", "budget", "provider"] as const satisfies readonly WaitReason[];

/** Tools that let their agent rest until something comes: what came follows their result. */
export const restingTools: readonly string[] = ["wait", "ask"];

/** What a command is for: one agent alone, or it and all below it. */
export const scopes = ["subtree", "agent"] as const;
export type Scope = (typeof scopes)[number];

/** `usd` counts whole micro-dollars, `tokens` whole tokens. */
export const budgetUnits = ["usd", "tokens"] as const;
export type BudgetUnit = (typeof budgetUnits)[number];

export const messageStatuses = ["pending", "delivered", "processed", "dead"] as const;

/** Urgent first; the database keeps the position in this list. */
export const priorities = ["urgent", "high", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];

/** What the sender is to the recipient. */
export const relations = ["user", "parent", "child", "peer"] as const;
export type Relation = (typeof relations)[number];

export const messageKinds = ["task", "note", "question", "answer", "report"] as const;
export type MessageKind = (typeof messageKinds)[number];

export const worktreeStatuses = [
  "creating",
  "isolated",
  "merging",
  "merged",
  "conflicted",
  "quarantined",
  "removed",
  "orphaned",
] as const;
export type WorktreeStatus = (typeof worktreeStatuses)[number];

/** `merge`: a commit with both histories. `squash`: one commit on top of the target, without the agent's history. */
export const mergeManners = ["merge", "squash"] as const;
export type MergeManner = (typeof mergeManners)[number];

export const mergeStates = ["intended", "made", "taken_back", "undoing", "undone"] as const;

/** What the user decides of a file or a hunk of an agent's work. */
export const decisions = ["accepted", "rejected"] as const;
export type Decision = (typeof decisions)[number];

/** The two versions of a diff: what the work started from, and the work. */
export const diffSides = ["base", "work"] as const;
export type DiffSide = (typeof diffSides)[number];

/** `calling` is a model call under way; `unconfirmed` one that a crash cut off, whose hold is kept. */
export const turnStatuses = ["calling", "replied", "completed", "failed", "unconfirmed"] as const;

/**
 * How much an agent may change unasked, from the strictest to the widest: `plan` reads only; `ask` asks before every
 * change; `edit` changes files of its own worktree unasked and asks for the rest; `auto` asks for nothing. A child's
 * mode is never wider than its parent's.
 */
export const permissionModes = ["plan", "ask", "edit", "auto"] as const;
export type PermissionMode = (typeof permissionModes)[number];
