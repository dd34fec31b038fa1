import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forecastOf } from "../../../../src/engine/budgets/forecast.ts";

const amounts = (usd: number) => ({ usd, tokens: usd * 10 });

describe("a forecast", () => {
  test("rests on what such agents came to, and never passes their budgets", () => {
    const sample = [100, 200, 300, 400, 500, 600, 700, 800, 900, 5000].map(amounts);
    const made = forecastOf({ agents: 4, budgetUsd: 800, budgetTokens: 1_000_000 }, sample, true);
    expect(made).toEqual({
      agents: 4,
      sample: 10,
      likely: { usd: 2000, tokens: 20_000 },
      high: { usd: 3200, tokens: 36_000 },
      most: { usd: 3200, tokens: 4_000_000 },
      priceKnown: true,
    });
  });

  test("says nothing where nobody like them has ended", () => {
    const made = forecastOf({ agents: 2, budgetUsd: 10, budgetTokens: 10 }, [], false);
    expect(made).toMatchObject({ sample: 0, likely: null, high: null, most: { usd: 20, tokens: 20 } });
  });

  test("is in order: likely, high, most", () => {
    const money = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(
        fc.array(money, { minLength: 1 }),
        money,
        fc.integer({ min: 1, max: 256 }),
        (sample, budget, agents) => {
          const made = forecastOf({ agents, budgetUsd: budget, budgetTokens: budget }, sample.map(amounts), true);
          expect(made.likely?.usd).toBeLessThanOrEqual(made.high?.usd ?? 0);
          expect(made.high?.usd).toBeLessThanOrEqual(made.most.usd);
        },
      ),
    );
  });
});
