import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { messageItemSchema, messageRecordSchema, threadRecordSchema } from "../../../src/protocol/records.ts";
import { calls, hire, report, type Script } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";

const records = z.array(messageRecordSchema);
const items = z.array(messageItemSchema);
const threads = z.array(threadRecordSchema);

/** As the system's clock, so many times faster. */
function hurried(times: number): Clock {
  const start = systemClock.now();
  return {
    now: () => Math.round(start + (systemClock.now() - start) * times),
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}

async function setUp(script: Script, options: { readonly clock?: Clock; readonly interruptAt?: RegExp } = {}) {
  const repository = await createRepository();
  const folder = await temporaryFolder();
  await writeFile(join(folder, "team.json"), JSON.stringify({ agents: script }));
  const place = { cwd: repository.root, temporaryFolder: folder };
  await createShell({ ...place, ...options }).run(
    ...["spawn", "Work", "--name", "boss", "--model", `script/${join(folder, "team.json")}`],
  );
  return {
    shell: createShell(place),
    narrow: createShell({ ...place, columns: 60 }),
    piped: (input: string | Uint8Array) => createShell({ ...place, input }),
  };
}

const long = "A long story. ".repeat(400);

/** Parked while its lead waits for two agents that wait for a message. */
const talking = () =>
  setUp(
    [
      {
        match: { depth: 0 },
        turns: [
          calls(hire("parser"), hire("lexer")),
          calls(["send_message", { to: "parser", body: long, priority: "low" }]),
          calls(["wait", { until: "children" }]),
        ],
      },
      { match: { name: "parser" }, turns: [calls(["wait"]), calls(["wait"]), report("Parsed.")] },
      { turns: [{ delayMs: 500, ...calls(["wait"]) }, report("Done.")] },
    ],
    { interruptAt: /lexer +waiting for a message/ },
  );

describe("messages", () => {
  test("are found by agent, thread, priority, state and text", async () => {
    const { shell, narrow } = await talking();
    const all = records.parse(await shell.json("messages"));
    const seqs = async (...args: string[]) =>
      records.parse(await shell.json("messages", ...args)).map(({ body }) => body.slice(0, 8).trim());
    expect(await seqs("--priority", "low")).toEqual(["A long s"]);
    expect(await seqs("--search", "TASK OF", "--last", "1")).toEqual(["The task"]);
    expect(await seqs("lexer", "--state", "processed")).toEqual(["The task"]);
    expect(await seqs("--state", "dead")).toEqual([]);
    const note = all.find(({ priority }) => priority === "low");
    expect(note?.body).toBe(long);
    expect(await seqs("--thread", String(note?.seq))).toEqual(["A long s"]);
    expect(await seqs("--thread", note?.threadId ?? "")).toEqual(["A long s"]);
    expect(await shell.json("messages", "--id", `#${note?.seq}`)).toMatchObject({ id: note?.id, body: long });

    const inFull = await shell.run("messages", "--thread", String(note?.seq));
    expect(inFull.out).toMatch(/^boss → parser {2}note {2}#\d+, low, \w+, /);
    expect(inFull.out).toContain(long.trim());
    for (const args of [["messages"], ["messages", "parser"], ["messages", "--id", "1"], ["messages", "--threads"]]) {
      const { out } = await narrow.look(...args);
      expect(Math.max(...out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(60);
    }
    expect((await shell.look("messages", "--last", "2")).out).toMatch(
      /\nThe newest 2; there are older ones: --last 4\n$/,
    );
    expect((await shell.run("messages", "--search", "nowhere to be found")).out).toBe("No message fits\n");
    const none = { code: 2, out: "" };
    expect(await shell.run("messages", "--thread", "99")).toMatchObject({
      ...none,
      err: expect.stringMatching(/^banyan: There is no thread "99": name one by the number of a message in it/),
    });
    expect(await shell.run("messages", "--thread", "nope")).toMatchObject(none);
    expect(await shell.run("messages", "--id", "99")).toMatchObject(none);
    expect(await shell.run("messages", "nobody")).toMatchObject(none);
  });

  test("stand in threads, the one with the newest message last", async () => {
    const { shell } = await talking();
    const list = threads.parse(await shell.json("messages", "--threads"));
    expect(list.map(({ subject }) => subject.slice(0, 12)).sort()).toEqual([
      ...["A long story", "The task of ", "The task of ", "Work"],
    ]);
    expect(list.map(({ lastSeq }) => lastSeq)).toEqual(list.map(({ lastSeq }) => lastSeq).toSorted((a, b) => a - b));
    expect(threads.parse(await shell.json("messages", "--threads", "--last", "1"))).toEqual(list.slice(-1));
    expect((await shell.run("messages", "--threads", "parser", "--search", "task")).out).toMatch(
      /^ *# +LAST AT [^\n]+\n *\d+ [^\n]+ boss +1 [^\n]*The task of parser/,
    );
    expect((await shell.run("messages", "--threads", "--search", "nothing")).out).toBe("No thread fits\n");
  });
});

describe("a message", () => {
  test("is sent to one, to several, as a reply, and from standard input", async () => {
    const { shell, piped } = await talking();
    expect((await shell.run("send", "boss", "--children", "Hurry", "up")).out).toMatch(
      /^✓ Message #\d+ to parser\n✓ Message #\d+ to lexer\n$/,
    );
    expect(records.parse(await shell.json("send", "lexer", "--team", "All"))).toHaveLength(3);
    const [first] = records.parse(await piped("one\ntwo\n").json("send", "lexer", "-", "--priority", "urgent"));
    expect(first).toMatchObject({ body: "one\ntwo", priority: "urgent", kind: "note", status: "pending" });
    const reply = await shell.json("send", "--reply-to", String(first?.seq), "And", "three");
    expect(reply).toMatchObject([
      { body: "And three", inReplyTo: first?.id, threadId: first?.threadId, recipientId: first?.recipientId },
    ]);
    const page = await shell.run("messages", "--id", String(first?.seq ?? 0));
    expect(page.out).toMatch(/^#\d+ {2}you → lexer\n/);
    expect((await shell.run("tree")).out).toMatch(/lexer .* \d messages pending$/m);
    expect((await shell.run("show", "lexer")).out).toMatch(/^ {2}Messages +\d messages pending$/m);

    expect(await shell.run("send", "lexer", "x".repeat(64 * 1024 + 1))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^banyan: The message is too long: 65537 bytes[^\n]+\n$/),
    });
    expect(await piped(new Uint8Array([0xff])).run("send", "lexer", "-")).toMatchObject({ code: 2, out: "" });
    expect(await piped("x".repeat(2 ** 20 + 1)).run("send", "lexer", "-")).toMatchObject({ code: 2, out: "" });
    expect(await shell.run("send", "--reply-to", "99", "x")).toMatchObject({ code: 2, out: "" });
    expect(await shell.run("send", "nobody", "x")).toMatchObject({ code: 2, out: "" });
  });

  test("for an agent that has ended is refused with what became of it, and reopens it where that is wanted", async () => {
    const { shell } = await setUp([{ turns: [report("One\nwas done."), report("More.")] }]);
    expect(await shell.run("send", "boss", "More")).toEqual({
      code: 1,
      out: "",
      err: "banyan: boss has ended as completed and reads no more messages. It reported: One was done. To give it more work, use: banyan send --reopen boss TEXT\n",
    });
    expect((await shell.run("send", "boss", "--team", "More")).code).toBe(2);
    expect(await shell.run("send", "--reopen", "boss", "More")).toEqual({
      code: 0,
      out: "✓ Message #2 to boss\n",
      err: "Nobody runs it now. It goes on with: banyan resume\n",
    });
    expect(await shell.run("resume")).toMatchObject({ code: 0, err: "" });
    expect((await shell.run("show", "boss")).out).toMatch(/^ {2}Result +More\.$/m);
  });
});

test("a dead letter is listed, shown, sent again and discarded", async () => {
  const unreadable = { kind: "error", status: 400, message: "the text\u001b[2J can't be read" };
  const { shell } = await setUp(
    [
      {
        match: { depth: 0 },
        turns: [
          calls(hire("parser")),
          { text: "I wait." },
          { text: "I wait.", faults: Array(5).fill(unreadable) },
          report("Done."),
        ],
      },
      {
        turns: [
          calls(["ask", { to: "parent", question: "Which lexer?", timeoutSeconds: 600 }]),
          { delayMs: 100, ...report("Parsed.") },
        ],
      },
    ],
    { clock: hurried(40) },
  );
  const [dead] = items.parse(await shell.json("dead-letters"));
  expect(dead).toMatchObject({ senderName: "parser", recipientName: "boss", attempts: 5, status: "dead" });
  const seq = String(dead?.seq);
  const list = await shell.run("dead-letters", "boss");
  expect(list.out).toMatch(/ {2}5 {2}the text can't be read {2}Which lexer\?$/m);
  expect(list.out).toContain(`Send it again with: banyan dead-letters retry ${seq}\n`);
  expect((await shell.run("dead-letters", "parser")).out).toBe("No dead letters\n");
  const shown = await shell.run("dead-letters", "show", seq);
  expect(shown.out.match(/the text can't be read/g)).toHaveLength(5);
  expect(shown.out).toBe((await shell.run("messages", "--id", seq)).out);
  expect(await shell.json("dead-letters", "show", seq)).toMatchObject({ id: dead?.id, errors: Array(5).fill({}) });
  expect((await shell.run("tree")).out).toMatch(/boss .* 1 message dead$/m);
  expect((await shell.run("show", "boss")).out).toMatch(/^ {2}Messages +1 message dead$/m);
  expect(await shell.json("show", "boss")).toMatchObject({ deadMessages: 1 });

  const refused = await shell.run("dead-letters", "retry", seq);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toMatch(
    /^banyan: boss has ended as completed [^\n]+ Reopen it, then send the message again\.\n$/,
  );
  expect(await shell.run("dead-letters", "discard", seq)).toEqual({
    code: 0,
    out: `✓ Message #${seq} to boss is discarded\n`,
    err: "",
  });
  expect(await shell.json("dead-letters")).toEqual([]);
  expect((await shell.run("messages", "--id", seq)).out).toMatch(/^ {2}State +discarded$/m);
  expect((await shell.run("send", "--reopen", "boss", "Go on")).code).toBe(0);
  const retried = await shell.run("dead-letters", "retry", seq, "1", "99");
  expect(retried).toMatchObject({ code: 1, out: `✓ Message #${seq} to boss is sent again\n` });
  expect(retried.err.split("\n")).toEqual([
    "banyan: Message #1 is not dead (processed): it is not sent again.",
    'banyan: There is no message "99": see banyan messages.',
    "Nobody runs who is to get it now. Go on with: banyan resume",
    "",
  ]);
  expect(await shell.json("dead-letters", "discard", seq)).toEqual([
    { asked: seq, message: null, refused: `Message #${seq} is not dead (pending): it is not discarded.` },
  ]);
});
