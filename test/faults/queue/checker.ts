import { type Priority, priorities } from "../../../src/protocol/words.ts";

/**
 * Says what a queue did wrong, from what was seen of it from outside, in the manner of Jepsen's checkers: it knows what
 * was asked for and what came of it, and nothing of how the queue works.
 */

/** One message as its sender meant it. `number` counts the sender's own messages, whoever they are for. */
export interface Letter {
  readonly sender: string;
  readonly recipient: string;
  readonly priority: Priority;
  readonly number: number;
}

/** `failed`: it was refused, nothing happened. `indeterminate`: its sender never learned what came of it. */
export type Outcome = "acknowledged" | "failed" | "indeterminate";

export interface Sending {
  readonly letter: Letter;
  readonly outcome: Outcome;
  /** Moments of one order that all of a history's moments are of, where they are known. */
  readonly invokedAt?: number;
  readonly acknowledgedAt?: number;
}

/** A message as it came: what the letter itself says, and what the queue says of it. */
export interface Arrival {
  readonly letter: Letter;
  readonly from: string;
  readonly priority: string;
}

/** What a recipient took at once, in the order in which it came. `processed`: what stays; else it was only delivered. */
export interface Take {
  readonly recipient: string;
  readonly arrivals: readonly Arrival[];
  readonly processed: boolean;
  /** The moment just before the recipient looked what there is, where it is known. */
  readonly beganAt?: number;
}

export interface History {
  readonly sendings: readonly Sending[];
  /** Of each recipient in their order. */
  readonly takes: readonly Take[];
  /** What was given up, and can be looked at. */
  readonly dead: readonly Letter[];
  /** Recipients for whom nothing is left to take. */
  readonly drained: ReadonlySet<string>;
}

export interface Verdict {
  /** Acknowledged, and neither processed by a recipient that took everything, nor given up. */
  readonly lost: readonly string[];
  /** Came though nobody sent it, or by another name, to another recipient, at another priority. */
  readonly unexpected: readonly string[];
  readonly twice: readonly string[];
  /** First deliveries of one sender, recipient and priority that are not in the order of sending. */
  readonly outOfOrder: readonly string[];
  /** First deliveries before which something more pressing, or sent earlier by another, was to come. */
  readonly inversions: readonly string[];
}

export const flawless: Verdict = { lost: [], unexpected: [], twice: [], outOfOrder: [], inversions: [] };

const keyOf = ({ sender, recipient, priority, number }: Letter): string =>
  `${sender}#${number} for ${recipient} (${priority})`;
const ranks: readonly string[] = priorities;
const rankOf = (priority: string): number => ranks.indexOf(priority);

export function check(history: History): Verdict {
  const sent = new Map(history.sendings.map((sending) => [keyOf(sending.letter), sending]));
  const first = firstDeliveries(history.takes);
  return {
    lost: lostIn(history),
    unexpected: [...unexpectedIn(history, sent), ...sentTwice(history.sendings)],
    twice: twiceIn(history.takes),
    outOfOrder: outOfOrderIn(first),
    inversions: [...inversionsIn(first), ...overtakenIn(first, sent), ...passedOverIn(history, first)],
  };
}

/** Deliveries of messages that had not come before, of each recipient in their order. */
type First = ReadonlyMap<string, readonly Delivered[]>;
interface Delivered {
  readonly letter: Letter;
  readonly take: number;
}

function firstDeliveries(takes: readonly Take[]): First {
  const seen = new Set<string>();
  const first = new Map<string, Delivered[]>();
  for (const [take, { recipient, arrivals }] of takes.entries()) {
    for (const { letter } of arrivals) {
      const key = `${recipient}: ${keyOf(letter)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const deliveries = first.get(recipient) ?? [];
      deliveries.push({ letter, take });
      first.set(recipient, deliveries);
    }
  }
  return first;
}

function lostIn({ sendings, takes, dead, drained }: History): string[] {
  const settled = new Set(dead.map(keyOf));
  for (const take of takes) if (take.processed) for (const { letter } of take.arrivals) settled.add(keyOf(letter));
  return sendings
    .filter(({ letter, outcome }) => outcome === "acknowledged" && drained.has(letter.recipient))
    .map(({ letter }) => keyOf(letter))
    .filter((key) => !settled.has(key));
}

function unexpectedIn({ takes, dead }: History, sent: ReadonlyMap<string, Sending>): string[] {
  const processed = new Set<string>();
  const problems = new Set<string>();
  for (const take of takes) {
    for (const { letter, from, priority } of take.arrivals) {
      const key = keyOf(letter);
      if (take.processed) processed.add(key);
      const outcome = sent.get(key)?.outcome;
      if (outcome === undefined) problems.add(`${key} was never sent`);
      if (outcome === "failed") problems.add(`${key} was refused, and came`);
      if (take.recipient !== letter.recipient) problems.add(`${key} came to ${take.recipient}`);
      if (from !== letter.sender) problems.add(`${key} came as from ${from}`);
      if (priority !== letter.priority) problems.add(`${key} came as ${priority}`);
    }
  }
  for (const key of dead.map(keyOf)) {
    if (!sent.has(key)) problems.add(`${key} was given up, and never sent`);
    if (processed.has(key)) problems.add(`${key} was processed, and given up`);
  }
  return [...problems];
}

/** Two sendings of one number would hide that one of them was lost. */
function sentTwice(sendings: readonly Sending[]): string[] {
  const seen = new Set<string>();
  return sendings.flatMap(({ letter: { sender, number } }) => {
    const key = `${sender}#${number}`;
    if (seen.has(key)) return [`${key} was invoked twice`];
    seen.add(key);
    return [];
  });
}

function twiceIn(takes: readonly Take[]): string[] {
  const times = new Map<string, number>();
  for (const { arrivals } of takes.filter(({ processed }) => processed)) {
    for (const { letter } of arrivals) times.set(keyOf(letter), (times.get(keyOf(letter)) ?? 0) + 1);
  }
  return [...times].filter(([, count]) => count > 1).map(([key, count]) => `${key} was processed ${count} times`);
}

function outOfOrderIn(first: First): string[] {
  const problems: string[] = [];
  const last = new Map<string, Letter>();
  for (const { letter } of [...first.values()].flat()) {
    const line = `${letter.sender}/${letter.recipient}/${letter.priority}`;
    const before = last.get(line);
    if (before !== undefined && before.number > letter.number) {
      problems.push(`${keyOf(letter)} came after ${keyOf(before)}`);
    }
    if (before === undefined || before.number < letter.number) last.set(line, letter);
  }
  return problems;
}

/** Within what came at once the more pressing stands first. */
function inversionsIn(first: First): string[] {
  return [...first.values()].flatMap((deliveries) =>
    deliveries.flatMap(({ letter, take }, index) => {
      const before = deliveries[index - 1];
      if (before?.take !== take || rankOf(before.letter.priority) <= rankOf(letter.priority)) return [];
      return [`${keyOf(letter)} stands behind ${keyOf(before.letter)} in one take`];
    }),
  );
}

/** Within a priority a message that was acknowledged before another was begun comes first, whoever sent them. */
function overtakenIn(first: First, sent: ReadonlyMap<string, Sending>): string[] {
  const problems: string[] = [];
  /** By line, the delivery so far that was begun last. */
  const latest = new Map<string, Sending & { readonly invokedAt: number }>();
  for (const { letter } of [...first.values()].flat()) {
    const sending = sent.get(keyOf(letter));
    if (sending?.invokedAt === undefined) continue;
    const line = `${letter.recipient}/${letter.priority}`;
    const before = latest.get(line);
    if (before !== undefined && sending.acknowledgedAt !== undefined && sending.acknowledgedAt < before.invokedAt) {
      problems.push(`${keyOf(letter)} came after ${keyOf(before.letter)}, which was sent later`);
    }
    if (before === undefined || before.invokedAt < sending.invokedAt) {
      latest.set(line, { ...sending, invokedAt: sending.invokedAt });
    }
  }
  return problems;
}

/** What had been acknowledged when a recipient looked, and never came before, comes before anything less pressing. */
function passedOverIn({ sendings, takes, drained }: History, first: First): string[] {
  const problems: string[] = [];
  for (const [recipient, deliveries] of first) {
    const takeOf = new Map(deliveries.map(({ letter, take }) => [keyOf(letter), take]));
    const acknowledged = sendings.filter(
      ({ letter, acknowledgedAt }) => letter.recipient === recipient && acknowledgedAt !== undefined,
    );
    for (const { letter, take } of deliveries) {
      const beganAt = takes[take]?.beganAt;
      if (beganAt === undefined) continue;
      const passed = acknowledged.find((sending) => {
        if (rankOf(sending.letter.priority) >= rankOf(letter.priority)) return false;
        const came = takeOf.get(keyOf(sending.letter));
        const isLater = came === undefined ? drained.has(recipient) : came > take;
        return isLater && (sending.acknowledgedAt ?? beganAt) < beganAt;
      });
      if (passed !== undefined) problems.push(`${keyOf(letter)} came before ${keyOf(passed.letter)}, which was there`);
    }
  }
  return problems;
}
