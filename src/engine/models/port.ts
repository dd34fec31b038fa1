import type { Result } from "../../base/errors.ts";
import type { ReplyEntry, TranscriptEntry, Usage } from "../../protocol/transcript.ts";

/** What a model may call: the input is a JSON schema (draft 2020-12). */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  /** Who asks. A provider that talks to a real model has it in `system` already and needs none of it. */
  readonly agent: {
    readonly id: string;
    readonly name: string;
    readonly role: string;
    readonly task: string;
    readonly depth: number;
  };
  readonly system: string;
  readonly tools: readonly ToolSpec[];
  readonly transcript: readonly TranscriptEntry[];
  /** What the agent has left, in a line: new with each call, so that it comes behind all that a provider may cache. */
  readonly standing: string;
  readonly maxOutputTokens: number;
  /** From 1; rises when the same turn is tried again after a fault. */
  readonly attempt: number;
}

export type FaultReason =
  | "rate_limited"
  | "overloaded"
  | "server_error"
  | "stream_cut"
  | "timed_out"
  | "invalid_request"
  | "unauthorized"
  | "context_overflow"
  | "script_ended";

/** A call that brought no reply. */
export interface ModelFault {
  readonly reason: FaultReason;
  /** One line, for the user and for the agent's parent. */
  readonly message: string;
  /** Milliseconds that the provider asked to wait. */
  readonly retryAfterMs?: number;
  /** What the provider charged for it: `unknown` keeps the hold. */
  readonly charged: "nothing" | "unknown" | Usage;
}

/** Faults that trying again can mend. */
export const isRetryable = (fault: ModelFault): boolean =>
  fault.reason === "rate_limited" ||
  fault.reason === "overloaded" ||
  fault.reason === "server_error" ||
  fault.reason === "stream_cut" ||
  fault.reason === "timed_out";

/** Faults that are the request's own: what it says, or how long it is. The same request would meet with them again. */
export const isAboutRequest = ({ reason }: ModelFault): boolean =>
  reason === "invalid_request" || reason === "context_overflow";

export type ModelOutcome =
  | { readonly kind: "reply"; readonly reply: ReplyEntry }
  | { readonly kind: "fault"; readonly fault: ModelFault };

export interface Model {
  /** `provider/model`, the same wherever it is asked for from: agents keep it. */
  readonly id: string;
  readonly maxOutputTokens: number;
  /** Tokens of the whole request's input: never fewer than the provider will charge. */
  countInput(request: ModelRequest): Promise<number>;
  /**
   * One reply. Rejects only with the signal's reason; every fault of the provider is a value.
   */
  call(request: ModelRequest, signal: AbortSignal): Promise<ModelOutcome>;
}

export interface ModelProvider {
  /** The part of a model's id before the first slash. */
  readonly name: string;
  /** What may stand after the slash, for messages: `survey`, `FILE`. */
  readonly offers: readonly string[];
  open(model: string): Promise<Result<Model>>;
}
