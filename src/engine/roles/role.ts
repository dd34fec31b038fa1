import type { PermissionMode } from "../../protocol/words.ts";

/** What a kind of agent is told, and what it may do at most: no field of it gives a right that the parent has not. */
export interface Role {
  /** A slug, and unique in a list. */
  readonly name: string;
  /** One line: what it is for, told to whoever may hire it. */
  readonly description: string;
  /** Markdown for the agent's system prompt. */
  readonly instructions: string;
  /** `provider/model`; null for the parent's. */
  readonly model: string | null;
  /** Of the parent's tools only these; null for all that the parent has. */
  readonly tools: readonly string[] | null;
  /** The widest it may be; null for the parent's. */
  readonly mode: PermissionMode | null;
  /** Micro-dollars to suggest; null for none. */
  readonly budgetUsd: number | null;
  readonly budgetTokens: number | null;
  /** `built in`, or the file's path from the repository's root, with `/`. */
  readonly source: string;
}

export const BUILT_IN = "built in";

/** What other formats mean by one tool: to hire agents, and to look after them. */
export const HIRING_TOOLS: readonly string[] = [
  "spawn_agent",
  "merge_child",
  "team_status",
  "forecast",
  "raise_budget",
  "reopen_agent",
  "stop_agent",
];

/** An agent that can't talk, rest and report could never end, so that a role's own list always has these. */
export const ALWAYS_THERE: readonly string[] = ["send_message", "ask", "wait", "report"];

/** What a role that ships says; the rest is its parent's. */
export type BuiltInRole = Pick<Role, "name" | "description" | "instructions" | "tools" | "mode">;
