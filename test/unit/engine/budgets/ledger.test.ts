import { describe, expect, test } from "vitest";
import { costOf, equalShare, settlement, worstCase } from "../../../../src/engine/budgets/ledger.ts";
import { isNominal, priceOf } from "../../../../src/engine/budgets/prices.ts";

const price = { input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite: 3_750_000 };
const usage = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 10, cacheWriteTokens: 1 };

describe("money", () => {
  test("counts each kind of token at its own price, rounded up to a micro-dollar", () => {
    expect(costOf(usage, price)).toBe(3000 + 1500 + 3 + 4);
    expect(costOf({ ...usage, inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 1 }, price)).toBe(
      1,
    );
  });

  test("an unknown price is an unknown cost, and holds tokens alone", () => {
    expect(costOf(usage, undefined)).toBeNull();
    expect(worstCase(1000, 500, undefined)).toEqual({ usd: 0, tokens: 1500 });
  });

  test("the worst case takes the dearest input price", () => {
    expect(worstCase(1000, 100, price)).toEqual({ usd: 3750 + 1500, tokens: 1100 });
  });

  test("a charge beyond its hold stands apart", () => {
    expect(settlement(100, 70)).toEqual({ used: 70, overrun: 0 });
    expect(settlement(100, 130)).toEqual({ used: 100, overrun: 30 });
  });

  test("children that are hired one after another get equal shares", () => {
    const shares: number[] = [];
    let free = 1_700_000;
    for (let hired = 0; hired < 16; hired++) {
      const share = equalShare(free, 16 - hired);
      shares.push(share);
      free -= share;
    }
    expect(new Set(shares)).toEqual(new Set([100_000]));
    expect(free).toBe(100_000);
  });

  test("models that charge nothing are marked so", () => {
    expect(isNominal("offline/survey")).toBe(true);
    expect(isNominal("script/a/b.yaml")).toBe(true);
    expect(isNominal("anthropic/offline/x")).toBe(false);
    expect(priceOf("anthropic/nobody-knows")).toBeUndefined();
  });
});
