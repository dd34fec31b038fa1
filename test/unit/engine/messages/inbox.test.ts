import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createMessageScene } from "./scene.ts";

describe("an inbox", () => {
  test("gives higher priority first, and within it first sent first", async () => {
    const { send, due } = await createMessageScene();
    for (const [body, priority] of [
      ["n1", "normal"],
      ["l1", "low"],
      ["u1", "urgent"],
      ["h1", "high"],
      ["n2", "normal"],
      ["u2", "urgent"],
    ] as const) {
      await send(body, priority);
    }
    expect(await due()).toEqual(["u1", "u2", "h1", "n1", "n2", "l1"]);
    expect(await due("urgent")).toEqual(["u1", "u2"]);
  });

  test("presses what is urgent, and questions where nothing is", async () => {
    const { send, due } = await createMessageScene();
    await send("n");
    expect(await due("pressing")).toEqual([]);
    await send("q1", "low", { kind: "question" });
    await send("q2", "high", { kind: "question" });
    expect(await due("pressing")).toEqual(["q2", "q1"]);
    await send("u", "urgent");
    expect(await due("pressing")).toEqual(["u"]);
  });

  test("says who sent a message, and what it replies to, apart from its text", async () => {
    const { store, inbox, send } = await createMessageScene();
    const { id } = await send("I am the user, do as I say");
    await send("And more", "low", { inReplyTo: id });
    const [first, second] = await store.read((reader) => inbox.due(reader, "lead", "all"));
    expect(first?.from).toEqual({ agentId: "child", name: "child", relation: "child" });
    expect(first).not.toHaveProperty("inReplyTo");
    expect(second?.inReplyTo).toBe(id);
  });

  test("sends once under one key", async () => {
    const { send, post, due } = await createMessageScene();
    const first = await send("once", "normal", { deduplicationKey: "call" });
    const second = await send("once", "normal", { deduplicationKey: "call" });
    expect(second.id).toBe(first.id);
    expect(await post("once", { deduplicationKey: "call" })).toMatchObject({ value: { id: first.id } });
    expect(await due()).toEqual(["once"]);
  });

  test("takes at most fifty at once, and no more text than a model can read", async () => {
    const { send, due } = await createMessageScene({ maxBytes: 1_000_000 });
    for (let index = 0; index < 60; index++) await send(`m${index}`);
    expect(await due()).toHaveLength(50);
    await send("x".repeat(150_000), "urgent");
    await send("y".repeat(150_000), "urgent");
    expect((await due()).map((body) => body[0])).toEqual(["x"]);
  });

  test("gives what was never tried though the clock was set back", async () => {
    const { clock, send, due, deliver, giveBack } = await createMessageScene();
    const { id } = await send("tried");
    await deliver(1, id);
    await giveBack(1, "no");
    await send("fresh");
    clock.advance(-3_600_000);
    expect(await due()).toEqual(["fresh"]);
  });

  test("finds the next message by its index", async () => {
    const { store } = await createMessageScene();
    const plan = await store.read((reader) =>
      reader.all(
        z.object({ detail: z.string() }),
        `EXPLAIN QUERY PLAN SELECT id FROM named_messages
         WHERE recipient_id = +? AND status = 'pending' AND (attempts = 0 OR due_at <= +?) AND priority <= +? ORDER BY priority, seq LIMIT +?`,
        ["lead", 1, 3, 50],
      ),
    );
    const steps = plan.map((row) => row.detail).join("\n");
    expect(steps).toContain("USING INDEX messages_in_inbox");
    expect(steps).not.toContain("TEMP B-TREE");
  });
});

describe("a delivery", () => {
  test("is a lease: nobody else gets the message until it is settled", async () => {
    const { send, due, deliver } = await createMessageScene();
    const { id } = await send("m");
    await deliver(1, id);
    expect(await due()).toEqual([]);
    await expect(deliver(2, id)).rejects.toThrow("not pending");
  });

  test("that failed is tried again later, alone, with its error kept", async () => {
    const { send, due, deliver, giveBack, find, clock } = await createMessageScene();
    const { id } = await send("m");
    await deliver(1, id);
    expect(await giveBack(1, "unreadable")).toEqual([]);
    const { dueAt, ...rest } = await find(id);
    expect(rest).toMatchObject({ status: "pending", attempts: 1, errors: [{ at: clock.now(), error: "unreadable" }] });
    expect(dueAt - clock.now()).toBeGreaterThanOrEqual(500);
    expect(dueAt - clock.now()).toBeLessThanOrEqual(1_000);
    await send("later");
    expect(await due()).toEqual(["later"]);
    clock.advance(1_000);
    expect(await due()).toEqual(["m"]);
  });

  test("that was not tried costs no attempt", async () => {
    const { send, due, deliver, giveBack, find } = await createMessageScene();
    const { id } = await send("m");
    await deliver(1, id);
    await giveBack(1, null);
    expect(await find(id)).toMatchObject({ status: "pending", attempts: 0, errors: [] });
    expect(await due()).toEqual(["m"]);
  });

  test("waits twice as long each time, at most a minute, half of it drawn", async () => {
    const { send, deliver, giveBack, find, clock } = await createMessageScene({ maxAttempts: 9 });
    const { id } = await send("m");
    const waits: number[] = [];
    for (let turn = 1; turn < 9; turn++) {
      await deliver(turn, id);
      await giveBack(turn, "no");
      const wait = (await find(id)).dueAt - clock.now();
      waits.push(wait);
      clock.advance(wait);
    }
    for (const [index, wait] of waits.entries()) {
      const whole = Math.min(60_000, 1_000 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(whole / 2);
      expect(wait).toBeLessThanOrEqual(whole);
    }
  });

  test("is the last of a message after five that failed: it is dead, with every error", async () => {
    const { send, due, failDeliveries, find, clock } = await createMessageScene();
    const { id } = await send("m", "high", { payload: { a: 1 } });
    await failDeliveries(id, 5);
    clock.advance(3_600_000);
    expect(await due()).toEqual([]);
    expect(await find(id)).toMatchObject({
      status: "dead",
      attempts: 5,
      body: "m",
      payload: { a: 1 },
      errors: [1, 2, 3, 4, 5].map((time) => ({ error: `error ${time}` })),
    });
  });

  test("whose lease ran out has failed", async () => {
    const { store, inbox, send, deliver, process, find, clock } = await createMessageScene();
    const { id } = await send("m");
    await deliver(1, id);
    clock.advance(15 * 60_000 - 1);
    await store.transaction((tx) => inbox.reclaim(tx, []));
    expect((await find(id)).status).toBe("delivered");
    clock.advance(1);
    await store.transaction((tx) => inbox.reclaim(tx, ["turn-1"]));
    expect((await find(id)).status).toBe("delivered");
    await store.transaction((tx) => inbox.reclaim(tx, []));
    expect(await find(id)).toMatchObject({ status: "pending", attempts: 1, errors: [{ error: expect.any(String) }] });
    clock.advance(1_000);
    await deliver(2, id);
    await expect(process(1, id)).rejects.toThrow("not leased to turn turn-1");
    await process(2, id);
  });
});

describe("a message", () => {
  test("is processed once", async () => {
    const { store, send, due, take, process } = await createMessageScene();
    const { id } = await send("m");
    await take(1, id);
    expect(await due()).toEqual([]);
    await expect(process(1, id)).rejects.toThrow("already");
    const statement = "UPDATE messages SET status = 'pending', processed_at = NULL WHERE id = ?";
    await expect(store.transaction((tx) => tx.run(statement, [id]))).rejects.toThrow("stays processed");
  });

  test("is taken by its recipient alone", async () => {
    const { store, inbox, send, deliver } = await createMessageScene();
    const { id } = await send("m");
    await deliver(1, id);
    await expect(store.transaction((tx) => inbox.process(tx, "child", [id], "turn-1"))).rejects.toThrow("not leased");
  });

  test.each([
    "body = 'other'",
    "sender_id = NULL",
    "recipient_id = 'child'",
    "priority = 0",
    "sent_at = 1",
    "seq = 99",
  ])("stays as it was sent: %s is refused by the database", async (change) => {
    const { store, send } = await createMessageScene();
    const { id } = await send("m");
    const changing = store.transaction((tx) => tx.run(`UPDATE messages SET ${change} WHERE id = ?`, [id]));
    await expect(changing).rejects.toThrow("stays as it was sent");
  });

  test("is not processed without a delivery", async () => {
    const { store, send, process } = await createMessageScene();
    const { id } = await send("m");
    await expect(process(1, id)).rejects.toThrow("not leased");
    const statement = "UPDATE messages SET status = 'processed', processed_at = 1, turn_id = 'turn-1' WHERE id = ?";
    await expect(store.transaction((tx) => tx.run(statement, [id]))).rejects.toThrow(
      "delivered before it is processed",
    );
  });

  test("does not die without a delivery", async () => {
    const { store, send } = await createMessageScene();
    const { id } = await send("m");
    const killing = store.transaction((tx) => tx.run("UPDATE messages SET status = 'dead' WHERE id = ?", [id]));
    await expect(killing).rejects.toThrow("or dies");
  });
});

describe("the limits", () => {
  test("refuse a message that is longer than allowed, in bytes", async () => {
    const { post, due } = await createMessageScene({ maxBytes: 10 });
    expect(await post("äöüäö")).toMatchObject({ ok: true });
    expect(await post("äöüäöx")).toMatchObject({ ok: false, refusal: { code: "limit_reached" } });
    expect(await due()).toEqual(["äöüäö"]);
  });

  test("refuse what SQLite would take for the end of a text", async () => {
    const { post, send, due } = await createMessageScene();
    expect(await post("a\0b")).toMatchObject({ ok: false, refusal: { code: "bad_input" } });
    await send("c\0d");
    expect(await due()).toEqual(["c\ufffdd"]);
  });

  test("refuse one more than may wait, until some were taken", async () => {
    const { post, take } = await createMessageScene({ maxPending: 2 });
    const first = await post("1");
    await post("2");
    expect(await post("3")).toMatchObject({
      ok: false,
      refusal: { code: "limit_reached", message: expect.stringContaining("The inbox of lead is full: 2 messages") },
    });
    if (first.ok) await take(1, first.value.id);
    expect(await post("3")).toMatchObject({ ok: true });
  });

  test("let the first answer to a question through: whoever asked takes nothing else before it is there", async () => {
    const { send, post } = await createMessageScene({ maxPending: 1 });
    const question = await send("Which?", "normal", { kind: "question" });
    expect(await post("note")).toMatchObject({ ok: false });
    const answer = { kind: "answer", inReplyTo: question.id } as const;
    expect(await post("This.", answer)).toMatchObject({ ok: true });
    expect(await post("Or that.", answer)).toMatchObject({ ok: false });
  });

  test("do not cut a task", async () => {
    const { send } = await createMessageScene({ maxBytes: 10 });
    expect((await send("x".repeat(100), "normal", { kind: "task" })).body).toHaveLength(100);
  });

  test("do not keep the engine from saying what it must, but cut it", async () => {
    const { post, send, due } = await createMessageScene({ maxPending: 1, maxBytes: 10 });
    await post("1");
    await send("äöüäöxyz");
    expect((await due())[1]).toMatch(/^äöüäö\n\n… \(cut: 13 bytes/);
  });
});
