const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const hours = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const days = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const daysOfYears = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const shortDays = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export const clockTime = (at: number, withSeconds = false): string => (withSeconds ? seconds : hours).format(at);

export const wholeTime = (at: number): string => whole.format(at);

export const isSameDay = (one: number, other: number): boolean =>
  new Date(one).toDateString() === new Date(other).toDateString();

/** A day as a heading: `Today`, `Yesterday`, `Monday, 3 June`, in another year `3 June 2024`. */
export function dayOf(at: number, now: number): string {
  if (isSameDay(at, now)) return "Today";
  if (isSameDay(at, now - DAY)) return "Yesterday";
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? days : daysOfYears).format(at);
}

/** How long ago, in the fewest letters: `now`, `5 min`, `3 h`, else the day. */
export function ago(at: number, now: number): string {
  const past = now - at;
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h`;
  return shortDays.format(at);
}
