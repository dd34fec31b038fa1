import { MICRO } from "../protocol/money.ts";
import type { SettingValues } from "../protocol/settings.ts";
import { limitsOf } from "./agents/limits.ts";
import type { EngineSettings } from "./engine.ts";
import { messageLimitsOf } from "./messages/limits.ts";
import { worktreesSettingsOf } from "./worktrees/room.ts";

/** What a new team gets where nobody says. */
export interface TeamDefaults {
  readonly model: string;
  /** Micro-dollars. */
  readonly budgetUsd: number;
  readonly budgetTokens: number;
}

const microDollars = (dollars: number): number => Math.round(dollars * MICRO);
const orNull = (dollars: number | null): number | null => (dollars === null ? null : microDollars(dollars));

/** The engine's settings, of the user's. `scriptFolder`: what `script/FILE` is relative to; absolute. */
export const engineSettingsOf = (values: SettingValues, scriptFolder: string): EngineSettings => ({
  limits: limitsOf(values),
  messageLimits: messageLimitsOf(values),
  worktrees: worktreesSettingsOf(values),
  caps: { perDayUsd: orNull(values["banyan.cap.perDay"]), perMonthUsd: orNull(values["banyan.cap.perMonth"]) },
  prices: values["banyan.prices"],
  scriptFolder,
});

export const teamDefaultsOf = (values: SettingValues): TeamDefaults => ({
  model: values["banyan.model"],
  budgetUsd: microDollars(values["banyan.budget.usd"]),
  budgetTokens: values["banyan.budget.tokens"],
});
