import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import { createThreads } from "../../../src/engine/messages/threads.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import { type FaultDisk, faultKinds } from "../../support/faultDisk.ts";
import { createRandom } from "../../support/random.ts";
import type { History } from "./checker.ts";
import { createRecipient, type Recipient } from "./recipients.ts";
import { lettersThatAre, Room, takesIn } from "./room.ts";
import { type Attempted, createDice, type Scene, type Tally } from "./scene.ts";
import { createSender } from "./senders.ts";

const STEPS = 50;
const MOST_AT_ONCE = 5;
/** Takes after which nothing is left: what failed before comes alone. */
const MOST_ROUNDS = 200;
const { leaseMs, longestRetryMs } = defaultMessageLimits;

/** Where histories are played: on a disk that holds an empty store. */
export interface Stage {
  readonly empty: FaultDisk;
  readonly open: (disk: FaultDisk) => Promise<Store>;
}

/**
 * Plays one small history on the fake clock, all of it from a seed: letters are sent and taken, several at once; turns
 * fail, park and vanish; the disk fails, processes die, and of 5 to 10 % of what was committed it is said that it timed
 * out. At the end nothing fails any more, and everything is taken.
 */
export async function play(seed: number, { empty, open }: Stage, tally: Tally): Promise<History> {
  const dice = createDice(createRandom(seed));
  const named = (letter: string, count: number) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  const senderNames = named("s", 2 + dice.below(4));
  const recipientNames = named("r", 1 + dice.below(3));
  const timeoutShare = 0.05 + dice.below(51) / 1_000;
  const room = await Room.open({
    disk: empty.restarted(),
    open,
    limits: { ...defaultMessageLimits, maxPending: dice.oneOf([5, 1_000]), maxAttempts: dice.oneOf([2, 5]) },
    agents: [...senderNames, ...recipientNames],
    isStruck() {
      tally.transactions += 1;
      return dice.chance(timeoutShare);
    },
  });
  let moments = 0;
  const scene: Scene = { room, dice, tally, moment: () => ++moments };
  const sendings: Attempted[] = [];
  const recipients = recipientNames.map((name) => createRecipient(scene, name));
  const senders = senderNames.map((name) =>
    createSender(scene, name, recipientNames, (attempted) => sendings.push(attempted)),
  );
  const acts = [
    ...senders.flatMap(({ send }) => [send, send]),
    ...recipients.flatMap(({ act }) => [act, act]),
    () => tendDead(scene),
    () => passTime(scene),
  ];
  for (let step = 0; step < STEPS; step++) {
    if (dice.chance(0.08)) room.strike(dice.oneOf(faultKinds), 1 + dice.below(8));
    await Promise.all(someOf(scene, acts).map((act) => act()));
    if (room.isKilled) await restart(room, recipients);
  }
  room.heal();
  await restart(room, recipients);
  await drain(scene, recipients);
  await restart(room, recipients);
  const history = await room.read(async (reader) => ({
    sendings,
    takes: await takesIn(reader),
    dead: await lettersThatAre(reader, "dead"),
    drained: new Set(recipientNames),
  }));
  await room.close();
  count(history, room, tally);
  return history;
}

/** Different ones: nobody does two things at once. */
function someOf({ dice }: Scene, acts: readonly (() => Promise<void>)[]): readonly (() => Promise<void>)[] {
  return [...new Set(Array.from({ length: 1 + dice.below(MOST_AT_ONCE) }, () => dice.oneOf(acts)))];
}

async function restart(room: Room, recipients: readonly Recipient[]): Promise<void> {
  for (const { forget } of recipients) forget();
  await room.restart();
}

const threads = createThreads();

/** Now and then a dead letter is sent again, or put aside; whoever is told that it timed out leaves it at that. */
function tendDead({ room, dice, tally }: Scene): Promise<void> {
  const tend = async () => {
    const dead = await room.store.read((reader) => threads.deadLetters(reader));
    if (dead.length === 0) return;
    const { id } = dice.oneOf(dead);
    const { sendAgain, discard } = room.deadLetters;
    const done = dice.chance(0.8) ? sendAgain : discard;
    await room.store.attempt((tx) => done(tx, id));
    if (done === sendAgain) tally.sentAgain += 1;
  };
  return room.quietly(tend());
}

function passTime({ room, dice, tally }: Scene): Promise<void> {
  room.clock.advance(dice.chance(0.2) ? leaseMs + 1 : dice.below(20_000));
  return room.quietly(
    room.store.transaction(async (tx) => {
      tally.died += (await room.inbox.reclaim(tx, [])).length;
    }),
  );
}

/** Until nothing waits and nothing is leased; what then still is so will never be taken. */
async function drain({ room }: Scene, recipients: readonly Recipient[]): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    room.clock.advance(leaseMs + 1);
    await room.store.transaction((tx) => room.inbox.reclaim(tx, []));
    room.clock.advance(longestRetryMs);
    for (const { takeAll } of recipients) await takeAll();
    const left = await room.read(async (reader) => [
      ...(await lettersThatAre(reader, "pending")),
      ...(await lettersThatAre(reader, "delivered")),
    ]);
    if (left.length === 0) return;
  }
}

function count({ sendings, takes }: History, room: Room, tally: Tally): void {
  for (const { outcome } of sendings) tally[outcome] += 1;
  for (const { processed, arrivals } of takes) if (processed) tally.processed += arrivals.length;
  tally.kills += room.kills;
  tally.timeouts += room.timeouts;
}
