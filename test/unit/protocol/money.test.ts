import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUsd, parseUsd } from "../../../src/protocol/money.ts";

describe("parseUsd", () => {
  it.each([
    ["2.50", 2_500_000],
    ["$0.000001", 1],
    [" 3 ", 3_000_000],
    [0.1, 100_000],
    [0, 0],
    ["9007199254.740991", Number.MAX_SAFE_INTEGER],
  ])("takes %j as %d micro-dollars", (amount, micro) => {
    expect(parseUsd(amount)).toEqual({ ok: true, value: micro });
  });

  it.each([
    "-1",
    -0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "1e3",
    1e-7,
    "1.0000001",
    "",
    "1,5",
    ".5",
    "5.",
    "$",
    "9007199254.740992",
  ])("refuses %j in one line", (amount) => {
    const parsed = parseUsd(amount);
    expect(parsed).toMatchObject({ ok: false, refusal: { code: "bad_input" } });
    expect(parsed.ok ? "" : parsed.refusal.message).not.toContain("\n");
  });

  it("reads back every amount that formatUsd writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (micro) => {
        expect(parseUsd(formatUsd(micro))).toEqual({ ok: true, value: micro });
      }),
    );
  });
});

describe("formatUsd", () => {
  it.each([
    [0, "$0.00"],
    [2_500_000, "$2.50"],
    [125, "$0.000125"],
    [100_000, "$0.10"],
    [1_234_500, "$1.2345"],
    [-1_000_000, "-$1.00"],
  ])("writes %d as %s", (micro, text) => {
    expect(formatUsd(micro)).toBe(text);
  });
});
