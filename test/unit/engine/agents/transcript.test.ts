import { describe, expect, test } from "vitest";
import {
  afterFailedAttempt,
  afterReply,
  afterResults,
  afterTurn,
  type OpenStand,
  type Stand,
  type StoredResult,
} from "../../../../src/engine/agents/transcript.ts";
import { noUsage, type ReplyEntry } from "../../../../src/protocol/transcript.ts";

const begun: Stand = { transcript: [], open: null, next: { number: 1, attempt: 2 }, contentEnd: 0 };

const replyWith = (...tools: readonly string[]): ReplyEntry => ({
  kind: "reply",
  content: tools.map((tool, index) => ({ type: "tool_call", id: `call-${index}`, tool, input: {} })),
  stopReason: tools.length === 0 ? "end_turn" : "tool_use",
  usage: noUsage,
});

function replied(...tools: readonly string[]): Stand {
  const calls = tools.map(
    (tool, ordinal) =>
      ({ id: `row-${ordinal}`, turnId: "t", ordinal, tool, status: "pending", result: null, startedAt: null }) as const,
  );
  const reply = replyWith(...tools);
  return afterReply(begun, { id: "t", number: 1, input: [], reply, calls, contentEnd: 10 });
}

function openStand(...tools: readonly string[]): OpenStand {
  const stand = replied(...tools);
  if (stand.open === null) throw new Error("no tool was asked for");
  return { ...stand, open: stand.open };
}

/** The result of the call with this ordinal, at this offset. */
function resultOf({ open }: OpenStand, ordinal: number, offset: number): StoredResult {
  const call = open.calls[ordinal];
  if (call === undefined) throw new Error(`there is no call ${ordinal}`);
  const { id, tool } = call.block;
  const entry = { kind: "tool_result", callId: id, tool, content: `${offset}`, isError: false } as const;
  return { row: call.row, status: "succeeded", entry, ref: { offset, length: 5, checksum: 0 } };
}

describe("a stand", () => {
  test("without a tool asked for has no open turn, and the next one is the first attempt at the next", () => {
    expect(replied()).toMatchObject({ open: null, next: { number: 2, attempt: 1 }, contentEnd: 10 });
  });

  test("after an attempt that failed is the same, but for the attempt", () => {
    const stand = replied();
    expect(afterFailedAttempt(stand)).toEqual({ ...stand, next: { number: 2, attempt: 2 } });
  });

  test("holds results in the order of the calls, though a later call's came first", () => {
    const asked = openStand("one", "two", "three");
    const first = afterResults(asked, [resultOf(asked, 1, 10)]);
    const both = afterResults(first, [resultOf(first, 2, 15), resultOf(first, 0, 20)]);
    const results = both.transcript.filter((entry) => entry.kind === "tool_result");
    expect(results.map(({ tool }) => tool)).toEqual(["one", "two", "three"]);
    expect(both.contentEnd).toBe(25);
    expect(both.open.calls.map(({ row }) => row.result?.offset)).toEqual([20, 10, 15]);
  });

  test("stays as it is when results lead on from it, as it must where they are not committed", () => {
    const asked = openStand("one", "two");
    const copy = structuredClone(asked);
    afterTurn(afterResults(asked, [resultOf(asked, 0, 10), resultOf(asked, 1, 15)]));
    expect(asked).toEqual(copy);
  });
});
