import type { Transaction } from "../../../src/engine/store/port.ts";
import type { InboxMessage } from "../../../src/protocol/transcript.ts";
import type { Take } from "./checker.ts";
import { letterIn } from "./plan.ts";
import { isUnknown, type Scene } from "./scene.ts";

/** Takes letters as turns do, one turn at a time. */
export interface Recipient {
  readonly name: string;
  /** Does one thing: begins a turn, or settles the one that it began, in one of the ways in which turns end. */
  act(): Promise<void>;
  /** Takes and keeps all that is due. */
  takeAll(): Promise<void>;
  /** The process that it lived in is dead: it knows of no turn any more. */
  forget(): void;
}

interface Turn {
  readonly id: string;
  readonly number: number;
  readonly beganAt: number;
  readonly messages: readonly InboxMessage[];
}

export function createRecipient({ room, dice, tally, moment }: Scene, name: string): Recipient {
  const { inbox, turns } = room;
  let last = 0;
  let current: Turn | undefined;
  let isUnsure = false;
  /** Turns that were over before they had settled what they took. */
  let vanished: Turn[] = [];

  const look = async (which: "urgent" | "all"): Promise<Turn | undefined> => {
    const beganAt = moment();
    const messages = await room.store.read((reader) => inbox.due(reader, name, which));
    const number = ++last;
    return messages.length === 0 ? undefined : { id: `${name}-${number}`, number, beganAt, messages };
  };

  const begin = (tx: Transaction, { id, number }: Turn): Promise<void> =>
    turns.begin(tx, { id, agentId: name, number, attempt: 1, held: { usd: 0, tokens: 0 } });
  const end = (tx: Transaction, { id }: Turn): Promise<void> => turns.fail(tx, id, "it is over", "failed");
  const idsOf = ({ messages }: Turn): readonly string[] => messages.map(({ id }) => id);
  const note = (tx: Transaction, turn: Turn, processed: boolean): Promise<void> =>
    room.note(tx, turn.id, takeOf(name, turn, processed));

  /** Leases what is due to a turn, as a model call does. */
  const deliver = async (): Promise<void> => {
    const turn = await look(dice.chance(0.2) ? "urgent" : "all");
    if (turn === undefined) return;
    await room.store.transaction(async (tx) => {
      await begin(tx, turn);
      await inbox.deliver(tx, name, idsOf(turn), turn.id);
      await note(tx, turn, false);
    });
    current = turn;
  };

  /** Takes what is due and is done with it, in one transaction. */
  const takeAtOnce = async (): Promise<void> => {
    const turn = await look("all");
    if (turn === undefined) return;
    await room.store.transaction(async (tx) => {
      await begin(tx, turn);
      await inbox.deliver(tx, name, idsOf(turn), turn.id);
      await settle(tx, turn);
    });
  };

  const settle = async (tx: Transaction, turn: Turn): Promise<void> => {
    await inbox.process(tx, name, idsOf(turn), turn.id);
    await end(tx, turn);
    await note(tx, turn, true);
  };

  const giveBack = (turn: Turn, error: string | null): Promise<void> =>
    room.store.transaction(async (tx) => {
      const died = await inbox.giveBack(tx, turn.id, error);
      await end(tx, turn);
      tally.died += died.length;
    });

  const finish = async (turn: Turn): Promise<void> => {
    const way = dice.oneOf(["settle", "settle", "settle", "settle", "fail", "fail", "park", "vanish"] as const);
    if (way === "settle") {
      if (await isDone(turn)) return;
      tally.refused += 1;
      isUnsure = true;
      return;
    }
    if (way === "park") return giveBack(turn, null);
    if (way === "fail") {
      tally.failedDeliveries += turn.messages.length;
      return giveBack(turn, "it can't be read");
    }
    tally.vanished += 1;
    vanished.push(turn);
    return room.store.transaction((tx) => end(tx, turn));
  };

  /** Whether it is done: one whose lease ran out may be refused, as a whole. */
  const isDone = async (turn: Turn): Promise<boolean> => {
    try {
      await room.store.transaction((tx) => settle(tx, turn));
      return true;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("is not leased to turn"))) throw error;
      return false;
    }
  };

  /** A turn that was given up says that it is done. */
  const comeLate = async (): Promise<void> => {
    const turn = vanished.shift();
    if (turn !== undefined && (await isDone(turn))) tally.late += 1;
  };

  /** One thing that turns do. */
  const go = async (): Promise<void> => {
    const turn = current;
    current = undefined;
    if (turn !== undefined) return finish(turn);
    if (dice.chance(0.1)) return comeLate();
    return dice.chance(0.3) ? takeAtOnce() : deliver();
  };

  return {
    name,
    async act() {
      try {
        // Whoever does not know what came of it looks what there is, as an agent does that goes on after a pause.
        if (isUnsure) await room.recover(name);
        isUnsure = false;
        await go();
      } catch (error) {
        if (!isUnknown(error)) throw error;
        isUnsure = true;
      }
    },
    takeAll: takeAtOnce,
    forget() {
      current = undefined;
      vanished = [];
    },
  };
}

const takeOf = (recipient: string, { messages, beganAt }: Turn, processed: boolean): Take => ({
  recipient,
  processed,
  beganAt,
  arrivals: messages.flatMap(({ body, from, priority }) => {
    const letter = letterIn(body);
    return letter === undefined ? [] : [{ letter, from: from.name, priority }];
  }),
});
