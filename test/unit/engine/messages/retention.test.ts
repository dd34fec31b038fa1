import { expect, test } from "vitest";
import { forgetSettled } from "../../../../src/engine/messages/retention.ts";
import { createMessageScene } from "./scene.ts";

test("what was settled before an instant is forgotten, with threads that are empty then; a task is kept", async () => {
  const { store, threads, clock, send, take, find } = await createMessageScene();
  const task = await send("task", "normal", { kind: "task" });
  const old = await send("old");
  const reply = await send("reply", "normal", { inReplyTo: old.id });
  const pending = await send("pending");
  await take(1, task.id, old.id);
  clock.advance(1_000);
  await take(2, reply.id);
  expect(await store.transaction((tx) => forgetSettled(tx, clock.now()))).toEqual({ forgotten: 1, more: false });
  const left = await store.read((reader) => threads.list(reader));
  expect(left.map(({ id }) => id)).toEqual([task.id, reply.id, pending.id]);
  expect((await find(reply.id)).inReplyTo).toBeNull();
  expect(await store.read((reader) => threads.exists(reader, old.threadId, "lead"))).toBe(false);
  expect(await store.read((reader) => threads.exists(reader, reply.threadId, "lead"))).toBe(true);
});

test("a question whose asker has not ended is kept, and what a reply that is not settled belongs to", async () => {
  const { store, threads, clock, send, take } = await createMessageScene();
  const question = await send("Which?", "normal", { kind: "question" });
  const note = await send("note");
  await send("About that", "normal", { inReplyTo: note.id });
  await take(1, question.id, note.id);
  clock.advance(1_000);
  expect((await store.transaction((tx) => forgetSettled(tx, clock.now()))).forgotten).toBe(0);
  expect(await store.read((reader) => threads.list(reader))).toHaveLength(3);
});

test("a dead message is forgotten when it was discarded, not before", async () => {
  const { store, clock, send, failDeliveries, deadLetters, threads } = await createMessageScene();
  const { id } = await send("poison");
  await failDeliveries(id, 5);
  clock.advance(1_000);
  expect((await store.transaction((tx) => forgetSettled(tx, clock.now()))).forgotten).toBe(0);
  await store.attempt((tx) => deadLetters.discard(tx, id));
  clock.advance(1);
  expect((await store.transaction((tx) => forgetSettled(tx, clock.now()))).forgotten).toBe(1);
  expect(await store.read((reader) => threads.find(reader, id))).toBeUndefined();
});
