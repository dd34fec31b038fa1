import { describe, expect, test } from "vitest";
import { engineSettingsOf, teamDefaultsOf } from "../../../src/engine/settings.ts";
import { defaultValues } from "../../../src/protocol/settings.ts";
import { parseBudget } from "../../../src/vscode/figures.ts";
import { type SettingReader, settingValues } from "../../../src/vscode/settings.ts";

const engineSettings = (read: SettingReader) => engineSettingsOf(settingValues(read), "/repo");
const teamDefaults = (read: SettingReader) => teamDefaultsOf(settingValues(read));

describe("settings", () => {
  test("are the defaults where nothing is set", () => {
    expect(settingValues(() => undefined)).toEqual(defaultValues);
    expect(engineSettings(() => undefined)).toEqual({
      limits: {
        slots: 8,
        maxDepth: 8,
        maxChildren: 16,
        maxTurns: 200,
        maxWorkMs: 8 * 3_600_000,
        onParentEnd: "handOver",
        alertsAt: [50, 80, 100],
        callTimeoutMs: 600_000,
        maxAttempts: 4,
      },
      messageLimits: {
        maxPending: 1000,
        maxBytes: 65_536,
        maxAttempts: 5,
        firstRetryMs: 1_000,
        longestRetryMs: 60_000,
        leaseMs: 900_000,
        keepMs: null,
      },
      caps: { perDayUsd: null, perMonthUsd: null },
      prices: {},
      scriptFolder: "/repo",
      worktrees: {
        searchMilliseconds: 20_000,
        lockMilliseconds: 5_000,
        pipeMilliseconds: 3_000,
        folder: "",
        include: [],
        copy: "copy",
        setUpCommand: "",
        setUpMilliseconds: 600_000,
        poolSize: 2,
        ignoredFileBytes: 50 * 1024 ** 2,
        ignoredBytes: 500 * 1024 ** 2,
        keepMs: 30 * 24 * 3_600_000,
        keepBytes: 10 * 1024 ** 3,
      },
    });
    expect(teamDefaults(() => undefined)).toEqual({
      model: "offline/survey",
      budgetUsd: 5_000_000,
      budgetTokens: 10_000_000,
    });
  });

  test("are the defaults where nothing usable is set, but a cap that can't be read lets nothing through", () => {
    expect(settingValues(() => "nonsense")).toEqual({
      ...defaultValues,
      "banyan.cap.perDay": 0,
      "banyan.cap.perMonth": 0,
      // Any text may be a command.
      "banyan.worktrees.setUp": "nonsense",
    });
  });

  test("are brought into their range", () => {
    expect(engineSettings(() => 1e9).limits).toMatchObject({ slots: 64, maxDepth: 32, maxWorkMs: 3_600_000_000 });
    expect(engineSettings(() => -3.5).limits).toMatchObject({ slots: 1, maxDepth: 0, maxWorkMs: 36_000 });
    expect(engineSettings(() => 2.9).limits.slots).toBe(2);
    expect(teamDefaults(() => Number.NaN).budgetUsd).toBe(5_000_000);
    expect(engineSettings(() => [90, 90, 0, 101, "50", 12.5, 10]).limits.alertsAt).toEqual([10, 90]);
  });

  test("are dollars for a person and whole micro-dollars for the engine", () => {
    expect(teamDefaults((key) => (key === "banyan.budget.usd" ? 0.1 + 0.2 : undefined)).budgetUsd).toBe(300_000);
    expect(engineSettings(() => 2.5).caps).toEqual({ perDayUsd: 2_500_000, perMonthUsd: 2_500_000 });
  });

  test("name a model only as provider/model", () => {
    expect(teamDefaults(() => "anthropic/claude").model).toBe("anthropic/claude");
    expect(teamDefaults(() => "claude").model).toBe("offline/survey");
  });

  test("take the prices that are whole, and no other", () => {
    const whole = { "anthropic/x": { input: 3, output: 15, cacheRead: 0.3 } };
    const others = {
      "no-provider": { input: 1, output: 1 },
      "a/half": { input: 1 },
      "a/text": { input: "1", output: 1 },
      "a/negative": { input: -1, output: 1 },
      "a/more": { input: 1, output: 1, cache: 1 },
      "a/null": null,
    };
    expect(engineSettings(() => ({ ...whole, ...others })).prices).toEqual(whole);
  });
});

describe("settings of worktrees", () => {
  const worktrees = (values: Readonly<Record<string, unknown>>) => engineSettings((key) => values[key]).worktrees;

  test("are what was written, patterns that are none left out", () => {
    const values = {
      "banyan.worktrees.folder": "~/trees",
      "banyan.worktrees.include": [".env", "", " ", "a\nb", 7, "node_modules/"],
      "banyan.worktrees.copy": "link",
      "banyan.worktrees.setUp": " npm ci ",
      "banyan.worktrees.setUpMinutes": 0.5,
    };
    expect(worktrees(values)).toMatchObject({
      folder: "~/trees",
      include: [".env", "node_modules/"],
      copy: "link",
      setUpCommand: "npm ci",
      setUpMilliseconds: 30_000,
    });
  });

  test("that can't be read run nothing and copy nothing", () => {
    const values = {
      "banyan.worktrees.folder": "trees",
      "banyan.worktrees.include": ".env",
      "banyan.worktrees.copy": "move",
      "banyan.worktrees.setUp": ["npm", "ci"],
    };
    expect(worktrees(values)).toMatchObject({ folder: "", include: [], copy: "copy", setUpCommand: "" });
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
