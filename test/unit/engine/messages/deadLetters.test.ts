import { describe, expect, test } from "vitest";
import { createMessageScene } from "./scene.ts";

async function createDeadScene() {
  const scene = await createMessageScene();
  const { id } = await scene.send("poison", "urgent");
  await scene.failDeliveries(id, 5);
  const { store, deadLetters, threads } = scene;
  return {
    ...scene,
    id,
    sendAgain: () => store.attempt((tx) => deadLetters.sendAgain(tx, id)),
    discard: () => store.attempt((tx) => deadLetters.discard(tx, id)),
    dead: async () => (await store.read((reader) => threads.deadLetters(reader))).map((item) => item.id),
  };
}

describe("a dead message", () => {
  test("is listed with its names and its errors", async () => {
    const { store, threads, id } = await createDeadScene();
    const [item] = await store.read((reader) => threads.deadLetters(reader, "lead"));
    expect(item).toMatchObject({ id, senderName: "child", recipientName: "lead", body: "poison", length: 6 });
    expect(item?.errors).toHaveLength(5);
    expect(await store.read((reader) => threads.deadLetters(reader, "child"))).toEqual([]);
  });

  test("is sent again under its id with all its attempts, and keeps its errors", async () => {
    const { sendAgain, due, dead, id, failDeliveries, find } = await createDeadScene();
    expect(await sendAgain()).toMatchObject({ ok: true, value: { id, status: "pending", attempts: 0 } });
    expect(await dead()).toEqual([]);
    expect(await due()).toEqual(["poison"]);
    await failDeliveries(id, 5);
    expect(await dead()).toEqual([id]);
    expect((await find(id)).errors).toHaveLength(10);
  });

  test("that was sent again is taken behind nothing, and spoils nothing", async () => {
    const { sendAgain, send, due } = await createDeadScene();
    await send("fresh", "urgent");
    await sendAgain();
    expect(await due()).toEqual(["poison"]);
  });

  test("is sent again once, however often that is asked", async () => {
    const { sendAgain, id, take } = await createDeadScene();
    await sendAgain();
    expect(await sendAgain()).toMatchObject({ ok: true, value: { id } });
    await take(2, id);
    expect(await sendAgain()).toMatchObject({ ok: false, refusal: { code: "illegal_move" } });
  });

  test("that was discarded is listed no more, and kept", async () => {
    const { discard, dead, find, id, sendAgain } = await createDeadScene();
    expect(await discard()).toMatchObject({ ok: true });
    expect(await discard()).toMatchObject({ ok: true });
    expect(await dead()).toEqual([]);
    expect(await find(id)).toMatchObject({ status: "dead", body: "poison" });
    expect(await sendAgain()).toMatchObject({ ok: true, value: { discardedAt: null } });
  });

  test("is the only one that is discarded", async () => {
    const { store, deadLetters, send } = await createDeadScene();
    const { id } = await send("alive");
    const discarded = await store.attempt((tx) => deadLetters.discard(tx, id));
    expect(discarded).toMatchObject({ ok: false, refusal: { code: "illegal_move" } });
  });
});
