/** The day of the user's calendar that a moment (milliseconds since the Unix epoch) falls on: `2026-11-22`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

/** The first day of a day's month. */
export const monthOf = (day: string): string => `${day.slice(0, -2)}01`;
