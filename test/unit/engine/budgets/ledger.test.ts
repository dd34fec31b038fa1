import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  costOf,
  equalShare,
  type Price,
  settlement,
  tokensOf,
  worstCase,
} from "../../../../src/engine/budgets/ledger.ts";
import { createPrices } from "../../../../src/engine/budgets/prices.ts";
import type { Usage } from "../../../../src/protocol/transcript.ts";

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
});

describe("a price with tiers", () => {
  const tiered: Price = {
    input: 100_000,
    output: 500_000,
    cacheRead: 10_000,
    cacheWrite: 200_000,
    cacheWrite5m: 125_000,
    tiers: [{ above: 100_000, input: 500_000, output: 2_500_000, cacheRead: 50_000, cacheWrite: 1_000_000 }],
  };
  const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

  test("counts the whole call by the tier that its whole input is above", () => {
    expect(costOf({ ...none, inputTokens: 100_000, outputTokens: 1000 }, tiered)).toBe(10_000 + 500);
    expect(costOf({ ...none, inputTokens: 100_001, outputTokens: 1000 }, tiered)).toBe(50_001 + 2500);
    const cached = { ...none, inputTokens: 1, cacheReadTokens: 60_000, cacheWriteTokens: 40_000 };
    expect(costOf(cached, tiered)).toBe(Math.ceil(0.5 + 3000 + 40_000));
  });

  test("holds what the call could come to in the tier that it may reach", () => {
    expect(worstCase(100_000, 1000, tiered).usd).toBe(20_000 + 500);
    expect(worstCase(100_001, 1000, tiered).usd).toBe(100_001 + 2500);
  });

  test("takes what is kept for five minutes at its own price, and at the dearest where nobody says", () => {
    const written = { ...none, cacheWriteTokens: 10_000 };
    expect(costOf(written, tiered)).toBe(2000);
    expect(costOf({ ...written, cacheWrite5mTokens: 10_000 }, tiered)).toBe(1250);
    expect(costOf({ ...written, cacheWrite5mTokens: 4000 }, tiered)).toBe(500 + 1200);
    expect(costOf({ ...written, cacheWrite5mTokens: 99_999 }, tiered)).toBe(1250);
  });
});

describe("no call costs more than its worst case", () => {
  const tokens = fc.nat({ max: 1_000_000 });
  const price = fc.nat({ max: 1_000_000_000 });
  const rates = {
    input: price,
    output: price,
    cacheRead: price,
    cacheWrite: price,
    cacheWrite5m: fc.option(price, { nil: undefined }),
  };
  const someRates = fc.record(rates).map(withoutUndefined);
  const somePrice: fc.Arbitrary<Price> = fc
    .tuple(someRates, fc.array(fc.tuple(tokens, someRates), { maxLength: 3 }))
    .map(([base, tiers]) => ({ ...base, tiers: tiers.map(([above, tier]) => ({ above, ...tier })) }));
  const shipped = fc.constantFrom(
    ...createPrices()
      .list()
      .map((entry) => entry.price),
  );

  /** A usage, and an input count and an output limit that it keeps to. */
  const someCall = fc
    .record({ inputTokens: tokens, cacheReadTokens: tokens, cacheWriteTokens: tokens, outputTokens: tokens })
    .chain((usage) =>
      fc.record({
        usage: fc
          .option(fc.nat({ max: usage.cacheWriteTokens }))
          .map((kept) => (kept === null ? usage : { ...usage, cacheWrite5mTokens: kept })),
        counted: fc.nat({ max: 100_000 }).map((more) => inputOf(usage) + more),
        limit: fc.nat({ max: 100_000 }).map((more) => usage.outputTokens + more),
      }),
    );

  test("whatever its price, its tiers and its cache", () => {
    fc.assert(
      fc.property(fc.oneof(somePrice, shipped), someCall, (any, { usage, counted, limit }) => {
        expect(costOf(usage, any) ?? 0).toBeLessThanOrEqual(worstCase(counted, limit, any).usd);
        expect(tokensOf(usage)).toBeLessThanOrEqual(worstCase(counted, limit, any).tokens);
      }),
      { numRuns: 2000 },
    );
  });

  const inputOf = ({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage) =>
    inputTokens + cacheReadTokens + cacheWriteTokens;
});

function withoutUndefined<R extends { cacheWrite5m: number | undefined }>({ cacheWrite5m, ...rest }: R) {
  return cacheWrite5m === undefined ? rest : { ...rest, cacheWrite5m };
}
