import { defaultValues, type SettingValues } from "../../protocol/settings.ts";

/** How much the queue takes, and how often it tries. */
export interface MessageLimits {
  /** Messages that may be pending for one recipient. */
  readonly maxPending: number;
  /** Bytes of a message's text, in UTF-8. */
  readonly maxBytes: number;
  /** Deliveries of one message, after which it is dead. */
  readonly maxAttempts: number;
  /** Milliseconds until a delivery that failed is tried again, the first time and at the most, before jitter. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Milliseconds after which a delivery that nobody settled is taken for lost: more than a turn may take. */
  readonly leaseMs: number;
  /** Milliseconds for which settled messages are kept; null: for ever. */
  readonly keepMs: number | null;
}

const DAY_MS = 24 * 3_600_000;

/** The limits that the user's settings make. */
export const messageLimitsOf = (values: SettingValues): MessageLimits => ({
  maxPending: values["banyan.messages.maxPending"],
  maxBytes: values["banyan.messages.maxKilobytes"] * 1024,
  maxAttempts: 5,
  firstRetryMs: 1_000,
  longestRetryMs: 60_000,
  leaseMs: 15 * 60_000,
  keepMs: values["banyan.messages.keepDays"] === 0 ? null : values["banyan.messages.keepDays"] * DAY_MS,
});

export const defaultMessageLimits: MessageLimits = messageLimitsOf(defaultValues);
