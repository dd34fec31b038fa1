import { expect } from "vitest";
import { createDeadLetters } from "../../../../src/engine/messages/deadLetters.ts";
import { createInbox, type Which } from "../../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits, type MessageLimits } from "../../../../src/engine/messages/limits.ts";
import type { Draft } from "../../../../src/engine/messages/outbox.ts";
import { createThreads } from "../../../../src/engine/messages/threads.ts";
import type { MessageRecord } from "../../../../src/protocol/records.ts";
import type { Priority } from "../../../../src/protocol/words.ts";
import { createCountingIds } from "../../../support/ids.ts";
import { insertAgents } from "../../../support/seed.ts";
import { openTestStore } from "../../../support/store.ts";

/** A lead whose inbox is looked at, and its child that writes to it; turns `turn-1` to `turn-9` of the lead. */
export async function createMessageScene(limits: Partial<MessageLimits> = {}) {
  const { store, clock } = await openTestStore();
  await insertAgents(store, [
    ["lead", null],
    ["child", "lead"],
  ]);
  const inbox = createInbox(clock, createCountingIds(), { ...defaultMessageLimits, ...limits });
  const deadLetters = createDeadLetters(clock);
  const threads = createThreads();
  await store.transaction(async (tx) => {
    for (let number = 1; number < 10; number++) {
      await tx.run(
        `INSERT INTO turns (id, agent_id, number, attempt, status, failure, held_usd, held_tokens, started_at)
         VALUES (?, 'lead', ?, 1, 'failed', 'made up', 0, 0, 0)`,
        [`turn-${number}`, number],
      );
    }
  });
  const draft = (body: string, priority: Priority = "normal", more: Partial<Draft> = {}): Draft => ({
    senderId: "child",
    recipientId: "lead",
    relation: "child",
    kind: "note",
    priority,
    body,
    thread: { rootId: "lead", subject: "s" },
    ...more,
  });
  const find = async (id: string): Promise<MessageRecord> => {
    const found = await store.read((reader) => threads.find(reader, id));
    if (found === undefined) throw new Error(`there is no message ${id}`);
    return found;
  };
  return {
    store,
    clock,
    inbox,
    deadLetters,
    threads,
    draft,
    find,
    send: (body: string, priority?: Priority, more?: Partial<Draft>) =>
      store.transaction((tx) => inbox.send(tx, draft(body, priority, more))),
    post: (body: string, more?: Partial<Draft>) =>
      store.attempt((tx) => inbox.post(tx, draft(body, "normal", more), "lead")),
    due: async (which: Which = "all") =>
      (await store.read((reader) => inbox.due(reader, "lead", which))).map((message) => message.body),
    deliver: (turn: number, ...ids: readonly string[]) =>
      store.transaction((tx) => inbox.deliver(tx, "lead", ids, `turn-${turn}`)),
    process: (turn: number, ...ids: readonly string[]) =>
      store.transaction((tx) => inbox.process(tx, "lead", ids, `turn-${turn}`)),
    take: (turn: number, ...ids: readonly string[]) =>
      store.transaction(async (tx) => {
        await inbox.deliver(tx, "lead", ids, `turn-${turn}`);
        await inbox.process(tx, "lead", ids, `turn-${turn}`);
      }),
    giveBack: (turn: number, error: string | null) =>
      store.transaction((tx) => inbox.giveBack(tx, `turn-${turn}`, error)),
    /** Lets deliveries of a message fail, each when it is due, and time pass until the next would be. */
    async failDeliveries(id: string, times: number): Promise<void> {
      for (let time = 1; time <= times; time++) {
        const { dueAt } = await find(id);
        clock.advance(Math.max(0, dueAt - clock.now()));
        expect(await store.read((reader) => inbox.due(reader, "lead", "all"))).toMatchObject([{ id }]);
        await store.transaction((tx) => inbox.deliver(tx, "lead", [id], "turn-1"));
        await store.transaction((tx) => inbox.giveBack(tx, "turn-1", `error ${time}`));
      }
    },
  };
}
