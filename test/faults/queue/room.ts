import { z } from "zod";
import { isDiskRefusal } from "../../../src/base/errors.ts";
import { createTurnTable, type TurnTable } from "../../../src/engine/agents/turns.ts";
import { createDeadLetters, type DeadLetters } from "../../../src/engine/messages/deadLetters.ts";
import { createInbox, type Inbox } from "../../../src/engine/messages/inbox.ts";
import type { MessageLimits } from "../../../src/engine/messages/limits.ts";
import type { Reader, Store, Transaction } from "../../../src/engine/store/port.ts";
import { priorities } from "../../../src/protocol/words.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { type FaultDisk, type FaultKind, Killed } from "../../support/faultDisk.ts";
import { createCountingIds } from "../../support/ids.ts";
import { insertAgents } from "../../support/seed.ts";
import { createTimedOutStore } from "../../support/timedOut.ts";
import type { Take } from "./checker.ts";
import { letterIn } from "./plan.ts";
import { isUnknown } from "./scene.ts";

export interface RoomOptions {
  readonly disk: FaultDisk;
  readonly open: (disk: FaultDisk) => Promise<Store>;
  readonly limits: MessageLimits;
  /** Of one lead, by their names. */
  readonly agents: readonly string[];
  /** Whether a transaction that was committed is said to have timed out. */
  readonly isStruck: () => boolean;
}

/** The queue on a real store, whose disk fails, whose process dies, and whose commits time out. */
export class Room {
  readonly clock: FakeClock = createFakeClock();
  readonly inbox: Inbox;
  readonly turns: TurnTable;
  readonly deadLetters: DeadLetters;
  kills = 0;
  timeouts = 0;
  /** What is done to the queue goes through this one. */
  store: Store;
  #real: Store;
  #disk: FaultDisk;
  #healed = false;
  readonly #options: RoomOptions;

  static async open(options: RoomOptions): Promise<Room> {
    const store = await options.open(options.disk);
    await insertAgents(store, [["lead", null], ...options.agents.map((name) => [name, "lead"] as const)]);
    return new Room(options, store);
  }

  private constructor(options: RoomOptions, store: Store) {
    const ids = createCountingIds();
    this.inbox = createInbox(this.clock, ids, options.limits);
    this.turns = createTurnTable(this.clock, ids);
    this.deadLetters = createDeadLetters(this.clock);
    this.#options = options;
    this.#disk = options.disk;
    this.#real = store;
    this.store = this.#timedOut(store);
  }

  /** Whether the process is dead. */
  get isKilled(): boolean {
    return this.#disk.killed;
  }

  /** So many operations from now on the disk fails. */
  strike(kind: FaultKind, operations: number): void {
    this.#disk.strike({ kind, at: this.#disk.operations + operations });
  }

  /** From now on nothing fails any more. */
  heal(): void {
    this.#healed = true;
    this.#disk.strike(undefined);
  }

  /** The next process opens what lies on the disk, and gives back what the last one had taken. */
  async restart(): Promise<void> {
    await this.#real.close().catch(() => {});
    this.#disk = this.#disk.restarted();
    this.kills += 1;
    this.#real = await this.#openAgain();
    this.store = this.#real;
    await this.recover();
    this.store = this.#timedOut(this.#real);
  }

  /** Gives back what turns had taken that nobody goes on with; of one agent, or of all. */
  async recover(agentId?: string): Promise<void> {
    await this.store.transaction(async (tx) => {
      for (const { id } of await this.turns.calling(tx, agentId)) {
        await this.turns.fail(tx, id, "it was cut off", "unconfirmed");
        await this.inbox.giveBack(tx, id, null);
      }
    });
  }

  read<T>(body: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#real.read(body);
  }

  close(): Promise<void> {
    return this.#real.close();
  }

  /** Resolves though nobody knows what came of it. */
  async quietly(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }

  /** Keeps what a recipient took in the transaction in which it does: this stands for its transcript. */
  async note(tx: Transaction, turnId: string, { recipient, ...state }: Take): Promise<void> {
    await this.turns.checkpoint(tx, {
      agentId: recipient,
      turnId,
      transcriptLength: 0,
      snapshotCommit: null,
      state,
    });
  }

  #timedOut(store: Store): Store {
    return createTimedOutStore(store, () => {
      const isStruck = !this.#healed && this.#options.isStruck();
      if (isStruck) this.timeouts += 1;
      return isStruck;
    });
  }

  async #openAgain(): Promise<Store> {
    for (;;) {
      try {
        return await this.#options.open(this.#disk);
      } catch (error) {
        if (!(error instanceof Killed) && !isDiskRefusal(error)) throw error;
        if (this.#disk.killed) this.#disk = this.#disk.restarted();
      }
    }
  }
}

const letterSchema = z.object({
  sender: z.string(),
  recipient: z.string(),
  priority: z.enum(priorities),
  number: z.int(),
});
const takeRow = z.object({
  recipient: z.string(),
  state: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(
      z.object({
        processed: z.boolean(),
        beganAt: z.int(),
        arrivals: z.array(z.object({ letter: letterSchema, from: z.string(), priority: z.string() })),
      }),
    ),
});

/** What the recipients took, as it lies on the disk. */
export async function takesIn(reader: Reader): Promise<readonly Take[]> {
  const rows = await reader.all(
    takeRow,
    "SELECT agent_id AS recipient, state FROM checkpoints ORDER BY agent_id, number",
  );
  return rows.map(({ recipient, state }) => ({ recipient, ...state }));
}

const bodyRow = z.object({ body: z.string() });

/** The letters that stand in the queue in a state. */
export async function lettersThatAre(reader: Reader, status: string) {
  const rows = await reader.all(bodyRow, "SELECT body FROM messages WHERE status = ? ORDER BY seq", [status]);
  return rows.flatMap(({ body }) => letterIn(body) ?? []);
}
