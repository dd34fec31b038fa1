import { describe, expect, test } from "vitest";
import { parseBudget } from "../../../src/vscode/figures.ts";
import { engineSettings, spawnDefaults } from "../../../src/vscode/settings.ts";

describe("settings", () => {
  test("are the defaults where nothing usable is set", () => {
    const settings = engineSettings(() => "nonsense", "/repo");
    expect(settings).toMatchObject({
      scriptFolder: "/repo",
      limits: { slots: 8, maxDepth: 8, maxChildren: 16, maxTurns: 200 },
    });
    expect(spawnDefaults(() => undefined)).toEqual({
      model: "offline/survey",
      budgetUsd: 5_000_000,
      budgetTokens: 10_000_000,
    });
  });

  test("are brought into their range", () => {
    expect(engineSettings(() => 1e9, "/").limits).toMatchObject({ slots: 64, maxDepth: 32 });
    expect(engineSettings(() => -3.5, "/").limits).toMatchObject({ slots: 1, maxDepth: 0 });
    expect(engineSettings(() => 2.9, "/").limits.slots).toBe(2);
    expect(spawnDefaults(() => Number.NaN).budgetUsd).toBe(5_000_000);
  });

  test("are dollars for a person and whole micro-dollars for the engine", () => {
    expect(spawnDefaults((key) => (key === "banyan.budget.usd" ? 0.1 + 0.2 : undefined)).budgetUsd).toBe(300_000);
  });

  test("name a model only as provider/model", () => {
    expect(spawnDefaults(() => "anthropic/claude").model).toBe("anthropic/claude");
    expect(spawnDefaults(() => "claude").model).toBe("offline/survey");
  });
});

describe("a budget as it is typed", () => {
  test.each([
    ["5", 5_000_000],
    ["$0.25", 250_000],
    [" 0.000001 ", 1],
  ])("%j is %i micro-dollars", (text, value) => {
    expect(parseBudget(text)).toEqual({ ok: true, value });
  });

  test.each(["", "0", "-1", "five", "1e3", "0.0000001", "100001", "1,5"])("%j is refused with one line", (text) => {
    expect(parseBudget(text)).toMatchObject({
      ok: false,
      refusal: { code: "bad_input", message: expect.stringMatching(/^[^\n]+$/) },
    });
  });
});
