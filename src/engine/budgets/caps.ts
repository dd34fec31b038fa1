/** What all teams of a repository together may spend: micro-dollars; null is no cap. */
export interface SpendingCaps {
  /** In a day of the user's calendar. */
  readonly perDayUsd: number | null;
  /** In a month of the user's calendar. */
  readonly perMonthUsd: number | null;
}

export const noCaps: SpendingCaps = { perDayUsd: null, perMonthUsd: null };
