import { StoreUnavailableError } from "../../../src/engine/store/port.ts";
import { Killed } from "../../support/faultDisk.ts";
import type { Letter, Outcome } from "./checker.ts";
import type { Room } from "./room.ts";

/** How often things came to pass, for whoever reads the log of a run. */
export interface Tally {
  acknowledged: number;
  failed: number;
  indeterminate: number;
  processed: number;
  transactions: number;
  /** Commits of which it was said that they timed out. */
  timeouts: number;
  kills: number;
  failedDeliveries: number;
  died: number;
  sentAgain: number;
  /** Deliveries that nobody settled in the time of their lease, and those that were settled after it all the same. */
  vanished: number;
  late: number;
  /** Turns that were done after their lease, when what they had taken was dead or with another turn. */
  refused: number;
}

export const emptyTally = (): Tally => ({
  acknowledged: 0,
  failed: 0,
  indeterminate: 0,
  processed: 0,
  transactions: 0,
  timeouts: 0,
  kills: 0,
  failedDeliveries: 0,
  died: 0,
  sentAgain: 0,
  vanished: 0,
  late: 0,
  refused: 0,
});

/** What chance decides, all of it from one seed. */
export interface Dice {
  below(count: number): number;
  chance(share: number): boolean;
  oneOf<T>(list: readonly T[]): T;
}

export function createDice(random: () => number): Dice {
  const below = (count: number): number => Math.floor(random() * count);
  return {
    below,
    chance: (share) => random() < share,
    oneOf(list) {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new Error("there is nothing to choose from");
      return chosen;
    },
  };
}

/** A sending whose outcome becomes known, or never does. */
export interface Attempted {
  readonly letter: Letter;
  readonly invokedAt: number;
  outcome: Outcome;
  acknowledgedAt?: number;
}

/** Where senders and recipients meet. */
export interface Scene {
  readonly room: Room;
  readonly dice: Dice;
  readonly tally: Tally;
  /** The next of the moments that a history's operations are ordered by. */
  readonly moment: () => number;
}

/** Whether a caller can't know what came of what it asked for. */
export const isUnknown = (error: unknown): boolean => error instanceof StoreUnavailableError || error instanceof Killed;
