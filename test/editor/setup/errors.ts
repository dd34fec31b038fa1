/** The machine lacks something the lane needs. The message is one line and says what to do about it. */
export class LaneSetupError extends Error {
  override readonly name = "LaneSetupError";

  constructor(message: string, options?: ErrorOptions) {
    super(`editor lane: ${message}`, options);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error such as ENOENT, or "" where the error has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
