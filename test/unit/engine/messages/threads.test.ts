import { describe, expect, test } from "vitest";
import { messageQuerySchema, threadQuerySchema } from "../../../../src/protocol/commands.ts";
import { createMessageScene } from "./scene.ts";

async function createThreadScene() {
  const scene = await createMessageScene();
  const { store, threads, send } = scene;
  const first = await send("Alpha one", "urgent", { thread: { rootId: "lead", subject: "Alpha" } });
  const second = await send("Beta one", "normal", { thread: { rootId: "lead", subject: "Beta" } });
  await send("Alpha two", "low", { thread: { id: first.threadId }, senderId: null, relation: "user" });
  await scene.take(1, first.id);
  return {
    ...scene,
    first,
    second,
    threadsOf: async (query = {}) => store.read((reader) => threads.threads(reader, threadQuerySchema.parse(query))),
    pageOf: async (query = {}) => store.read((reader) => threads.page(reader, messageQuerySchema.parse(query))),
  };
}

const bodies = (page: { readonly messages: readonly { readonly body: string }[] }) =>
  page.messages.map(({ body }) => body);

describe("threads", () => {
  test("are listed with the newest message first, counted and with its beginning", async () => {
    const { threadsOf, first, second } = await createThreadScene();
    expect(await threadsOf()).toMatchObject({
      threads: [
        { id: first.threadId, subject: "Alpha", messages: 2, pending: 1, lastText: "Alpha two", lastSender: null },
        { id: second.threadId, team: "lead", messages: 1, pending: 1, delivered: 0, dead: 0, lastSender: "child" },
      ],
      more: false,
    });
  });

  test("come page by page", async () => {
    const { threadsOf, first, second } = await createThreadScene();
    const page = await threadsOf({ limit: 1 });
    expect(page).toMatchObject({ threads: [{ id: first.threadId }], more: true });
    const rest = await threadsOf({ before: page.threads[0]?.lastSeq });
    expect(rest).toMatchObject({ threads: [{ id: second.threadId }], more: false });
  });

  test.each([
    [{ priority: "urgent" }, ["Alpha"]],
    [{ priority: "high" }, []],
    [{ status: "processed" }, ["Alpha"]],
    [{ status: "pending" }, ["Alpha", "Beta"]],
    [{ agent: "child" }, ["Alpha", "Beta"]],
    [{ text: "BETA" }, ["Beta"]],
    [{ text: "one", status: "pending" }, ["Beta"]],
    [{ text: "100%_" }, []],
    [{ priority: "urgent", status: "pending" }, []],
  ])("fit %j with one message", async (query, subjects) => {
    const { threadsOf } = await createThreadScene();
    expect((await threadsOf(query)).threads.map(({ subject }) => subject)).toEqual(subjects);
  });
});

describe("a page of messages", () => {
  test("is the newest ones, in order of sending", async () => {
    const { pageOf, first } = await createThreadScene();
    expect(bodies(await pageOf())).toEqual(["Alpha one", "Beta one", "Alpha two"]);
    expect(bodies(await pageOf({ thread: first.threadId }))).toEqual(["Alpha one", "Alpha two"]);
    expect(bodies(await pageOf({ status: "pending", text: "alpha" }))).toEqual(["Alpha two"]);
  });

  test("says whether there is more on either side", async () => {
    const { pageOf, send } = await createThreadScene();
    for (let number = 0; number < 7; number++) await send(`m${number}`, "normal", {});
    const newest = await pageOf({ limit: 4 });
    expect({ ...newest, messages: bodies(newest) }).toEqual({
      messages: ["m3", "m4", "m5", "m6"],
      earlier: true,
      later: false,
    });
    const before = await pageOf({ limit: 4, before: newest.messages[0]?.seq });
    expect({ ...before, messages: bodies(before) }).toEqual({
      messages: ["Alpha two", "m0", "m1", "m2"],
      earlier: true,
      later: true,
    });
    const after = await pageOf({ limit: 3, after: before.messages[0]?.seq });
    expect({ ...after, messages: bodies(after) }).toEqual({
      messages: ["m0", "m1", "m2"],
      earlier: true,
      later: true,
    });
    expect(await pageOf({ after: newest.messages[3]?.seq })).toEqual({ messages: [], earlier: true, later: false });
  });

  test.each(["über", "ÜBER", "Über"])("is searched for %s, however it is written", async (text) => {
    const { pageOf, send } = await createThreadScene();
    for (const body of ["Ein Wort über Ports", "Über alles", "ÜBERALL"]) await send(body);
    expect(bodies(await pageOf({ text }))).toHaveLength(3);
  });

  test("has the beginning of a long text, and its length", async () => {
    const { pageOf, send } = await createThreadScene();
    await send("x".repeat(10_000), "low", { thread: { rootId: "lead", subject: "Long" } });
    const [item] = (await pageOf({ limit: 1 })).messages;
    expect({ shown: item?.body.length, length: item?.length }).toEqual({ shown: 4_000, length: 10_000 });
  });

  test("says what answers a question", async () => {
    const { pageOf, send } = await createThreadScene();
    const question = await send("Which?", "high", { kind: "question" });
    const answer = await send("This.", "high", { kind: "answer", inReplyTo: question.id });
    expect((await pageOf({ limit: 2 })).messages).toMatchObject([
      { id: question.id, answeredBy: answer.id },
      { id: answer.id, answeredBy: null },
    ]);
  });
});

test("a message is found by its id and by its number", async () => {
  const { store, threads, first } = await createThreadScene();
  for (const name of [first.id, String(first.seq), `#${first.seq}`]) {
    expect((await store.read((reader) => threads.find(reader, name)))?.id).toBe(first.id);
  }
  expect(await store.read((reader) => threads.find(reader, "nobody"))).toBeUndefined();
});
