import { expect, test } from "vitest";
import { forecastLines } from "../../../../src/cli/render/forecast.ts";
import { textOf } from "../support/lines.ts";

const most = { usd: 5_000_000, tokens: 1_000_000 };

test("a forecast says what it rests on, and what the budgets limit", () => {
  const likely = { usd: 1_200_000, tokens: 60_000 };
  const high = { usd: 2_000_000, tokens: 90_000 };
  expect(textOf(forecastLines({ agents: 5, sample: 12, likely, high, most, priceKnown: true }))).toBe(`
Agents        5
Likely        $1.20, 60,000 tokens  by 12 agents of this role and model that ended
High          $2.00, 90,000 tokens  nine of ten stayed below
At the most   $5.00, 1,000,000 tokens  their budgets together
`);
});

test("a forecast that rests on nothing says so", () => {
  const text = textOf(forecastLines({ agents: 2, sample: 0, likely: null, high: null, most, priceKnown: false }));
  expect(text).toBe(`
Agents        2
Likely        no agent of this role and model has ended here yet
At the most   cost unknown, 1,000,000 tokens  their budgets together
`);
});
