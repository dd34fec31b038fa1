import { describe, expect, test } from "vitest";
import { circleIn } from "../../../../src/engine/agents/circles.ts";
import { noUsage, type TranscriptEntry } from "../../../../src/protocol/transcript.ts";

type Call = readonly [tool: string, input?: unknown, answer?: string];

/** One turn: a reply with these calls, and their answers. */
const turn = (...calls: readonly Call[]): readonly TranscriptEntry[] => [
  {
    kind: "reply",
    content: calls.map(([tool, input = {}], index) => ({ type: "tool_call", id: `call-${index}`, tool, input })),
    stopReason: "tool_use",
    usage: noUsage,
  },
  ...calls.map(
    ([tool, , answer = "ok"], index): TranscriptEntry => ({
      kind: "tool_result",
      callId: `call-${index}`,
      tool,
      content: answer,
      isError: false,
    }),
  ),
];

const message = (kind: "task" | "note", id = "m"): TranscriptEntry => ({
  kind: "messages",
  messages: [
    {
      id,
      threadId: "t",
      kind,
      from: { agentId: null, name: "user", relation: "user" },
      priority: "normal",
      sentAt: 0,
      body: "Go on",
    },
  ],
});

const times = (count: number, entries: (index: number) => readonly TranscriptEntry[]): readonly TranscriptEntry[] =>
  Array.from({ length: count }, (_, index) => entries(index)).flat();

const look: Call = ["list_files", { path: "." }];
const read = (path: string): Call => ["read_file", { path }];

describe("a circle", () => {
  test("is the same call five times in a row, not four", () => {
    expect(circleIn(times(4, () => turn(look)))).toBeUndefined();
    expect(circleIn(times(5, () => turn(look)))).toBe(
      'It made the same call 5 times in a row: list_files {"path":"."}',
    );
  });

  test("is the same whether calls come in one turn or in several", () => {
    expect(circleIn(turn(look, look, look, look, look))).toMatch(/same call 5 times/);
    expect(circleIn([...turn(look, look), ...turn(look, look, look)])).toMatch(/same call 5 times/);
  });

  test("is no circle when one call in between, or another input, breaks it", () => {
    expect(circleIn([...times(4, () => turn(look)), ...turn(read("a")), ...turn(look)])).toBeUndefined();
    expect(circleIn(times(9, (index) => turn(read(`${index}`))))).toBeUndefined();
    expect(circleIn([...times(5, () => turn(look)), ...turn(read("a"))])).toBeUndefined();
  });

  test.each([2, 3, 8])("is a round of %i calls four times, not three", (length) => {
    const round = () => Array.from({ length }, (_, index) => turn(read(`${index}`))).flat();
    expect(circleIn(times(3, round))).toBeUndefined();
    const told = circleIn([...turn(look), ...times(4, round)]);
    const names = Array.from({ length }, (_, index) => `read_file {"path":"${index}"}`);
    expect(told).toBe(`It went round in circles, 4 times: ${names.join(", ")}`);
  });

  test("is no round of nine calls, which may well be work", () => {
    const round = () => Array.from({ length: 9 }, (_, index) => turn(read(`${index}`))).flat();
    expect(circleIn(times(6, round))).toBeUndefined();
  });

  test.each(["wait", "team_status"])("is %s with the same answer, not with new ones", (tool) => {
    expect(circleIn(times(9, (index) => turn([tool, {}, `news ${index}`])))).toBeUndefined();
    expect(circleIn(times(5, () => turn([tool, {}, "nothing"])))).toMatch(/same call 5 times/);
  });

  test("is a wait that brought nothing, not one that brought messages", () => {
    const waiting = () => turn(["wait", {}, "{}"]);
    expect(circleIn(times(5, waiting))).toMatch(/same call 5 times/);
    expect(circleIn(times(9, (index) => [...waiting(), message("note", `${index}`)]))).toBeUndefined();
  });

  test("is no wait whose time is over, nor what is done between such waits", () => {
    const polling = () => [
      ...turn(look),
      ...turn(["wait", { timeoutSeconds: 60 }, '{"timedOut":true,"openChildren":["a"]}']),
    ];
    expect(circleIn(times(9, polling))).toBeUndefined();
  });

  test("counts other calls whatever they answer", () => {
    expect(circleIn(times(5, (index) => turn(["list_files", {}, `${index} files`])))).toMatch(/same call 5 times/);
  });

  test("counts from the last task on, and a note is none", () => {
    const four = times(4, () => turn(look));
    expect(circleIn([...four, message("task"), ...turn(look)])).toBeUndefined();
    expect(circleIn([...four, message("note"), ...turn(look)])).toMatch(/same call 5 times/);
  });

  test("is no silence: a reply without a call does nothing over and over", () => {
    expect(circleIn([])).toBeUndefined();
    expect(circleIn([message("task"), ...times(6, () => turn())])).toBeUndefined();
  });

  test("is told in a line, however long its calls are", () => {
    const told = circleIn(times(5, () => turn(["write_file", { path: "a", content: "x".repeat(5000) }]))) ?? "";
    expect(told.length).toBeLessThan(200);
    expect(told).toMatch(/…$/);
    expect(told).not.toContain("\n");
  });
});
