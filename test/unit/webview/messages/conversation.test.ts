import { describe, expect, test } from "vitest";
import { ok, refuse } from "../../../../src/base/errors.ts";
import type { MessageQuery } from "../../../../src/protocol/commands.ts";
import type { MessageItem } from "../../../../src/protocol/records.ts";
import { createConversation } from "../../../../src/webview/messages/conversation.ts";
import { rangesOf } from "../../../../src/webview/messages/stretch.ts";

const item = (seq: number, changes: Partial<MessageItem> = {}): MessageItem => ({
  seq,
  id: `m${seq}`,
  threadId: "t",
  inReplyTo: null,
  senderId: null,
  senderName: null,
  recipientId: "a",
  recipientName: "lead",
  relation: "user",
  kind: "note",
  priority: "normal",
  body: `Message ${seq}`,
  length: 10,
  status: "pending",
  attempts: 0,
  dueAt: seq,
  errors: [],
  sentAt: seq,
  deliveredAt: null,
  processedAt: null,
  discardedAt: null,
  answeredBy: null,
  recipientEnded: false,
  ...changes,
});

/** An engine with so many messages, which answers pages as the real one does. */
function openOn(count: number, filter: Parameters<typeof createConversation>[0]["filter"] = {}) {
  const stored = Array.from({ length: count }, (_, index) => item(index + 1));
  const asked: MessageQuery[] = [];
  let fault = false;
  const conversation = createConversation({
    thread: "t",
    filter,
    async page(query) {
      asked.push(query);
      if (fault) return refuse("store_missing", "The repository is not open now.");
      const { before, after, limit, status } = query;
      const fits = stored.filter((each) => status === undefined || each.status === status);
      const side = fits.filter(
        ({ seq }) => (after === undefined || seq > after) && (before === undefined || seq < before),
      );
      const messages = after === undefined ? side.slice(-limit) : side.slice(0, limit);
      const first = messages[0]?.seq ?? Number.MAX_SAFE_INTEGER;
      const last = messages.at(-1)?.seq ?? after ?? 0;
      return ok({
        messages,
        earlier: fits.some(({ seq }) => seq < first),
        later: fits.some(({ seq }) => seq > last),
      });
    },
  });
  const seqs = () => conversation.get().items.map(({ seq }) => seq);
  const fail = (fails: boolean) => {
    fault = fails;
  };
  return { conversation, stored, asked, seqs, fail };
}

describe("a conversation", () => {
  test("opens at its end and grows to its start, in order, each message once", async () => {
    const { conversation, seqs } = openOn(1_000);
    await conversation.open(null);
    expect(seqs().at(-1)).toBe(1_000);
    while (conversation.get().earlier) {
      await conversation.loadEarlier();
      expect(conversation.get().isPrepended).toBe(true);
    }
    expect(seqs()).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  test("opens around a message and grows to both ends", async () => {
    const { conversation, seqs } = openOn(1_000);
    await conversation.open(500);
    expect(seqs()).toContain(499);
    expect(conversation.get()).toMatchObject({ earlier: true, later: true, at: 500 });
    while (conversation.get().later) await conversation.loadLater();
    expect(seqs().at(-1)).toBe(1_000);
    expect(new Set(seqs()).size).toBe(seqs().length);
  });

  test("takes in what is new, and what stands otherwise, without asking for the rest", async () => {
    const { conversation, stored, asked, seqs } = openOn(150);
    await conversation.open(null);
    stored[9] = item(10, { status: "processed" });
    stored.push(item(151));
    asked.length = 0;
    await conversation.refresh({ messages: ["m10", "m151", "elsewhere"], agents: false });
    expect(asked).toMatchObject([{ after: 9, limit: 1 }, { after: 150 }]);
    expect(conversation.get().items[9]?.status).toBe("processed");
    expect(seqs().at(-1)).toBe(151);
  });

  test("sees that a question is answered when the answer comes", async () => {
    const { conversation, stored } = openOn(3);
    await conversation.open(null);
    stored[1] = item(2, { kind: "question", answeredBy: "m4" });
    stored.push(item(4, { kind: "answer", inReplyTo: "m2" }));
    await conversation.refresh({ messages: ["m4"], agents: false });
    expect(conversation.get().items[1]?.answeredBy).toBe("m4");
  });

  test("drops what no longer fits its filter", async () => {
    const { conversation, stored, seqs } = openOn(20, { status: "pending" });
    await conversation.open(null);
    stored[4] = item(5, { status: "dead" });
    await conversation.refresh({ messages: ["m5"], agents: false });
    expect(seqs()).not.toContain(5);
    expect(seqs()).toHaveLength(19);
  });

  test("keeps what it shows while it can't be read, and comes back", async () => {
    const { conversation, stored, fail, seqs } = openOn(5);
    await conversation.open(null);
    fail(true);
    stored.push(item(6));
    await conversation.refresh({ messages: ["m6"], agents: false });
    expect(conversation.get()).toMatchObject({ phase: "failed", problem: "The repository is not open now." });
    expect(seqs()).toHaveLength(5);
    fail(false);
    await conversation.refresh({ messages: null, agents: true });
    expect(conversation.get()).toMatchObject({ phase: "loaded", problem: null });
    expect(seqs()).toHaveLength(6);
  });

  test("asks again for what is pending when agents stand otherwise: its recipient may have ended", async () => {
    const { conversation, stored } = openOn(5);
    stored[2] = item(3, { status: "pending" });
    await conversation.open(null);
    stored[2] = item(3, { status: "pending", recipientEnded: true });
    await conversation.refresh({ messages: [], agents: true });
    expect(conversation.get().items[2]).toMatchObject({ seq: 3, recipientEnded: true });
  });

  test("that could not be opened is opened when there is something again", async () => {
    const { conversation, fail, seqs } = openOn(5);
    fail(true);
    await conversation.open(3);
    fail(false);
    await conversation.refresh({ messages: null, agents: true });
    expect(conversation.get().at).toBe(3);
    expect(seqs()).toHaveLength(5);
  });
});

test("changed messages are asked for in few pieces", () => {
  const items = Array.from({ length: 300 }, (_, index) => item(index + 1));
  expect(rangesOf(items, new Set(["m1", "m50", "m260"]))).toEqual([
    { after: 0, count: 50 },
    { after: 259, count: 1 },
  ]);
  expect(rangesOf(items, new Set(["nowhere"]))).toEqual([]);
});
