/**
 * A failure that was expected and that somebody can act on: the user, or the agent that asked. It is a value, never
 * thrown. `message` says in one line what was wrong and what would be right. What throws instead is a bug or a machine
 * that fails, and is logged once, at the root.
 */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

export const refusalCodes = [
  "bad_input",
  "not_found",
  "not_a_repository",
  "no_commit",
  "detached_head",
  "dirty_checkout",
  "busy_checkout",
  "other_checkout",
  "conflict",
  "nothing_to_merge",
  /** A hook of the repository's own said no, or a signature could not be made. */
  "hook_failed",
  "illegal_move",
  /** What is asked for has ended, and who asks may open it again. */
  "has_ended",
  "budget_exceeded",
  "cap_reached",
  "limit_reached",
  "unknown_model",
  "provider_absent",
  "store_locked",
  "store_missing",
  "store_damaged",
  "store_newer",
  "leader_silent",
  "other_version",
  "not_writable",
  "outside_worktree",
  "protected_path",
  "untrusted",
  "set_up_failed",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const refuse = (code: RefusalCode, message: string): Result<never> => ({
  ok: false,
  refusal: { code, message },
});

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const DISK_CODES: readonly unknown[] = ["ENOSPC", "EDQUOT", "EIO", "EROFS"];

/** Whether the disk refused: it is full, over its quota or failing. What was asked may work later, as it is. */
export function isDiskRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && DISK_CODES.includes(error.code)) || isDiskRefusal(error.cause);
}
