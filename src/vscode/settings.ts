import { defaultLimits } from "../engine/agents/limits.ts";
import { noCaps } from "../engine/budgets/ledger.ts";
import type { EngineSettings } from "../engine/engine.ts";
import { MICRO } from "../protocol/money.ts";
import { type NumberSetting, type SettingKey, settings } from "./contributions.ts";

/** Reads one setting's value as the editor has it, whatever it is. */
export type SettingReader = (key: SettingKey) => unknown;

type NumberKey = { [K in SettingKey]: (typeof settings)[K] extends NumberSetting ? K : never }[SettingKey];

/** What *Spawn Agent* starts from. */
export interface SpawnDefaults {
  readonly model: string;
  /** Micro-dollars. */
  readonly budgetUsd: number;
  readonly budgetTokens: number;
}

/** The engine's settings; what is out of its range or of another type counts as the nearest value that is not. */
export const engineSettings = (read: SettingReader, scriptFolder: string): EngineSettings => ({
  limits: {
    ...defaultLimits,
    slots: numberOf(read, "banyan.slots"),
    maxDepth: numberOf(read, "banyan.maxDepth"),
    maxChildren: numberOf(read, "banyan.maxChildren"),
    maxTurns: numberOf(read, "banyan.maxTurns"),
  },
  caps: noCaps,
  scriptFolder,
});

export const spawnDefaults = (read: SettingReader): SpawnDefaults => ({
  model: modelOf(read),
  budgetUsd: Math.round(numberOf(read, "banyan.budget.usd") * MICRO),
  budgetTokens: numberOf(read, "banyan.budget.tokens"),
});

function numberOf(read: SettingReader, key: NumberKey): number {
  const setting: NumberSetting = settings[key];
  const value = read(key);
  if (typeof value !== "number" || !Number.isFinite(value)) return setting.default;
  const inRange = Math.min(Math.max(value, setting.minimum), setting.maximum);
  return setting.type === "integer" ? Math.floor(inRange) : inRange;
}

function modelOf(read: SettingReader): string {
  const { pattern, default: fallback } = settings["banyan.model"];
  const value = read("banyan.model");
  return typeof value === "string" && new RegExp(pattern).test(value) ? value : fallback;
}
