import { describe, expect, test } from "vitest";
import { createPrices, isNominal } from "../../../../src/engine/budgets/prices.ts";
import { modelName } from "../../../../src/protocol/settings.ts";

describe("the table of prices", () => {
  const prices = createPrices();

  test("has a day, exact names and prices that fit each other", () => {
    expect(prices.asOf).toMatch(/^2026-\d\d-\d\d$/);
    const entries = prices.list().filter(({ source }) => source === "table");
    expect(entries.length).toBeGreaterThan(20);
    for (const { model, price } of entries) {
      expect(model).toMatch(modelName);
      for (const rates of [price, ...(price.tiers ?? [])]) {
        expect(rates.cacheWrite, model).toBe(rates.input * 2);
        expect(rates.cacheWrite5m, model).toBe(rates.input * 1.25);
        expect(rates.cacheRead, model).toBeLessThanOrEqual(rates.input * 0.1);
        expect(rates.output, model).toBe(rates.input * 5);
      }
    }
  });

  test.each([
    ["anthropic/claude-opus-5-5", 4_000_000, 20_000_000, 200_000],
    ["anthropic/claude-sonnet-4-5", 3_000_000, 15_000_000, 300_000],
    ["anthropic/claude-sonnet-4-5-20250929", 3_000_000, 15_000_000, 300_000],
    ["anthropic/claude-3-5-haiku-20241022", 800_000, 4_000_000, 80_000],
  ])("%s costs what is documented", (model, input, output, cacheRead) => {
    expect(prices.priceOf(model)).toMatchObject({ input, output, cacheRead });
  });

  test("has the dearer price of long calls", () => {
    expect(prices.priceOf("anthropic/claude-haiku-5-5")?.tiers).toEqual([
      {
        above: 100_000,
        input: 500_000,
        output: 2_500_000,
        cacheRead: 50_000,
        cacheWrite: 1_000_000,
        cacheWrite5m: 625_000,
      },
    ]);
  });

  test.each([
    "anthropic/claude-opus-5-6",
    "anthropic/claude-opus-5-5-20270101",
    "claude-opus-5-5",
    "vscode/claude",
    "",
  ])("knows no price for %j: it is nobody's guess", (model) => {
    expect(prices.priceOf(model)).toBeUndefined();
  });

  test("names no object's own parts", () => {
    for (const model of ["constructor", "__proto__", "anthropic/__proto__"]) {
      expect(prices.priceOf(model)).toBeUndefined();
    }
  });

  test("models that charge nothing are marked so", () => {
    expect(isNominal("offline/survey")).toBe(true);
    expect(isNominal("script/a/b.yaml")).toBe(true);
    expect(isNominal("anthropic/offline/x")).toBe(false);
    expect(prices.priceOf("script/a/b.yaml")).toEqual(prices.priceOf("offline/survey"));
  });
});

describe("the user's own prices", () => {
  const prices = createPrices({
    "anthropic/claude-opus-5": { input: 1.5, output: 7.5, cacheRead: 0, cacheWrite: 1 },
    "vscode/gpt": { input: 3, output: 15 },
    "script/free.yaml": { input: 0, output: 0 },
  });

  test("come before the table's, and add to it", () => {
    expect(prices.priceOf("anthropic/claude-opus-5")).toEqual({
      input: 1_500_000,
      output: 7_500_000,
      cacheRead: 0,
      cacheWrite: 1_000_000,
    });
    expect(prices.priceOf("script/free.yaml")?.input).toBe(0);
    expect(prices.priceOf("script/other.yaml")?.input).toBe(100_000);
    const sources = new Map(prices.list().map(({ model, source }) => [model, source]));
    expect(sources.get("anthropic/claude-opus-5")).toBe("yours");
    expect(sources.get("anthropic/claude-opus-4-8")).toBe("table");
    expect(sources.get("vscode/gpt")).toBe("yours");
    expect(sources.get("offline/*")).toBe("nominal");
    expect(sources.size).toBe(prices.list().length);
  });

  test("have a cache at the usual share of the input's price where they don't say", () => {
    expect(prices.priceOf("vscode/gpt")).toEqual({
      input: 3_000_000,
      output: 15_000_000,
      cacheRead: 300_000,
      cacheWrite: 6_000_000,
    });
  });
});
