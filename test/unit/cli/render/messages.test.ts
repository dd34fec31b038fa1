import { describe, expect, test } from "vitest";
import { type Line, widthOfLine } from "../../../../src/cli/render/line.ts";
import {
  deadLetterTable,
  messageLines,
  messagePages,
  messageTable,
  threadTable,
} from "../../../../src/cli/render/messages.ts";
import { textOf } from "../support/lines.ts";
import { messageItem, NOON, thread } from "../support/records.ts";

const utc = { timeZone: "UTC" };
const report = messageItem({
  seq: 2,
  senderId: "bbbbbbbbbb",
  senderName: "survey-src",
  relation: "child",
  kind: "report",
  priority: "high",
  body: "Done.\nWrote 1 page.",
});
const dead = messageItem({
  seq: 13,
  senderId: "bbbbbbbbbb",
  senderName: "survey-src",
  relation: "child",
  kind: "question",
  status: "dead",
  attempts: 5,
  deliveredAt: NOON + 60_000,
  processedAt: null,
  errors: [
    { at: null, error: "overloaded" },
    { at: NOON + 61_000, error: "The request is not right: messages.3.content is not a text that can be read" },
  ],
  body: "Shall I go on with the lexer?",
});
const widest = (block: readonly Line[]) => Math.max(...block.map(widthOfLine));

describe("messages", () => {
  test("are a table", () => {
    expect(textOf(messageTable([messageItem(), report, { ...dead, discardedAt: NOON }], utc))).toBe(`
 #  SENT                 FROM        TO    KIND      PRIORITY  STATUS     MESSAGE
 1  2026-03-01 12:00:00  you         lead  task      normal    processed  Survey this repository.
 2  2026-03-01 12:00:00  survey-src  lead  report    high      processed  Done.
13  2026-03-01 12:00:00  survey-src  lead  question  normal    discarded  Shall I go on with the lexer?
`);
  });

  test("are read with the whole text", () => {
    expect(textOf(messagePages([messageItem(), report], utc))).toBe(`
you → lead  task  #1, normal, processed, 2026-03-01 12:00:00
  Survey this repository.

survey-src → lead  report  #2, high, processed, 2026-03-01 12:00:00
  Done.
  Wrote 1 page.
`);
  });

  test("are read in a narrow terminal too, what stands further in staying there", () => {
    const body = "It is done:\n  - the lexer, with tests for everything\n\n    let x = 1;";
    expect(textOf(messagePages([{ ...report, body }], { ...utc, width: 32 }))).toBe(`
survey-src → lead  report
  #2, high, processed, 2026-03-…
  It is done:
    - the lexer, with tests for
    everything

      let x = 1;
`);
  });
});

describe("one message", () => {
  test("is told with all that became of it", () => {
    const page = { message: dead, replyTo: { seq: 3, from: "lead" }, answer: { seq: 14, from: "you" } };
    expect(textOf(messageLines(page, { ...utc, width: 60 }))).toBe(`
#13  survey-src → lead

  From        survey-src  hired by lead
  To          lead
  Kind        question
  Priority    normal
  State       dead
  Attempts    5
  Errors      overloaded
              2026-03-01 12:01:01  The request is not right:
              messages.3.content is not a text that can be
              read
  Sent        2026-03-01 12:00:00
  Delivered   2026-03-01 12:01:00
  Reply to    #3 from lead
  Answered    #14 from you
  Thread      thread-1
  Id          message-1

Shall I go on with the lexer?
`);
  });

  test("that failed and is pending says when it is due", () => {
    const message = { ...dead, status: "pending", dueAt: NOON + 90_000 } as const;
    expect(textOf(messageLines({ message, replyTo: null, answer: null }, utc))).toContain(
      "  State       pending  next try at 2026-03-01 12:01:30\n",
    );
  });

  test("can't give the terminal orders", () => {
    const message = { ...dead, body: "a\u001b[2J\u202eb\u0007\u009b31mc", senderName: "x\u001b]0;y\u0007z" };
    const text = textOf(messageLines({ message, replyTo: null, answer: null }, utc));
    expect(text).toContain("\nabc\n");
    expect(text).toContain("#13  xz → lead");
  });
});

test("threads are told with what is open in them, and named by their last message", () => {
  const threads = [
    thread({ messages: 2 }),
    thread({
      lastSeq: 13,
      messages: 4,
      pending: 1,
      dead: 1,
      subject: "The lexer",
      lastSender: "survey-src",
      lastText: "Go",
    }),
  ];
  expect(textOf(threadTable(threads, utc))).toBe(`
 #  LAST AT              TEAM  MESSAGES  PENDING  DEAD  SUBJECT                  LAST MESSAGE                  ID
 1  2026-03-01 12:00:00  lead         2        0     0  Survey this repository.  you: Survey this repository.  019aaed3-1c80-7aaa-8aaa-aaaaaaaaaaaa
13  2026-03-01 12:00:00  lead         4        1     1  The lexer                survey-src: Go                019aaed3-1c80-7aaa-8aaa-aaaaaaaaaaaa
`);
  expect(textOf(threadTable(threads, { ...utc, width: 60 }))).toBe(`
 #  TEAM  MESSAGES  PENDING  DEAD  SUBJECT
 1  lead         2        0     0  Survey this repository.
13  lead         4        1     1  The lexer
`);
  expect(textOf(threadTable([thread()], utc))).not.toMatch(/PENDING|DEAD/);
});

test("dead letters are told with what stood in their way last", () => {
  expect(textOf(deadLetterTable([dead], { ...utc, width: 80 }))).toBe(`
 #  FROM        TO    KIND      ATTEMPTS  LAST ERROR            MESSAGE
13  survey-src  lead  question         5  The request is not…   Shall I go on w…
`);
});

test("nothing is wider than the terminal", () => {
  const long = {
    senderName: "a-name-that-is-as-long-as-one-may-be-40",
    recipientName: "another-name-that-is-as-long-as-one-40",
  };
  const message = { ...dead, ...long, body: `${"word ".repeat(60)}\n${"x".repeat(300)}\n界界 ${"界".repeat(90)}` };
  const page = { message, replyTo: null, answer: null };
  for (const width of [60, 80, 120]) {
    const look = { ...utc, width };
    expect(widest(messageTable([message], look))).toBeLessThanOrEqual(width);
    expect(widest(messagePages([message], look))).toBeLessThanOrEqual(width);
    expect(widest(messageLines(page, look))).toBeLessThanOrEqual(width);
    expect(widest(deadLetterTable([message], look))).toBeLessThanOrEqual(width);
    expect(widest(threadTable([thread({ dead: 1, pending: 1, subject: message.body })], look))).toBeLessThanOrEqual(
      width,
    );
  }
});
