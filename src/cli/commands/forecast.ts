import { ok, refuse } from "../../base/errors.ts";
import { forecastOf } from "../../engine/budgets/forecast.ts";
import { createPrices } from "../../engine/budgets/prices.ts";
import { teamDefaultsOf } from "../../engine/settings.ts";
import type { ForecastCommand } from "../../protocol/commands.ts";
import { defineCommand } from "../command.ts";
import { forecastLines } from "../render/forecast.ts";
import { parseBudget, parseTokens } from "../request.ts";
import { reading } from "../session.ts";

export const forecastCommand = defineCommand({
  name: "forecast",
  summary: "Say what agents may cost before they are hired",
  details: [
    "By what agents with this role and model came to that have ended in this repository, each with all below it; and at\nthe most, which their budgets limit.",
    "--json prints one object. Money is in micro-dollars.",
  ],
  examples: ["forecast 5 --role coder --budget 1.00"],
  arguments: { agents: { placeholder: "AGENTS", help: "How many", presence: "required" } },
  values: {
    role: { placeholder: "R", example: "coder", help: "Their role (default: lead)" },
    model: { placeholder: "M", example: "offline/survey", help: "Their model (default: that of a new team)" },
    budget: { placeholder: "USD", example: "1.00", help: "Dollars that each gets (default: those of a new team)" },
    tokens: { placeholder: "N", example: "200000", help: "Tokens that each gets (default: those of a new team)" },
  },
  flags: {},
  async run(input, context) {
    const agents = Number(input.argument("agents"));
    if (!Number.isInteger(agents) || agents < 1 || agents > 10_000) {
      return refuse("bad_input", `AGENTS is a whole number from 1 to 10000, not "${input.argument("agents")}".`);
    }
    const settings = await context.settings();
    if (!settings.ok) return settings;
    const defaults = teamDefaultsOf(settings.value.values);
    const budget = parseBudget(input.value("budget"), defaults.budgetUsd);
    if (!budget.ok) return budget;
    const tokens = parseTokens(input.value("tokens"), defaults.budgetTokens);
    if (!tokens.ok) return tokens;
    const model = await context.checkModel(input.value("model") ?? defaults.model, context.cwd);
    if (!model.ok) return model;
    const command: ForecastCommand = {
      agents,
      role: input.value("role") ?? "lead",
      model: input.value("model") ?? defaults.model,
      budgetUsd: budget.value,
      budgetTokens: tokens.value,
    };
    const made = await reading(context, (engine) => engine.budgets.forecast(command));
    if (!made.ok && made.refusal.code !== "store_missing") return made;
    const { priceOf } = createPrices(settings.value.values["banyan.prices"]);
    const forecast = made.ok ? made.value : forecastOf(command, [], priceOf(command.model) !== undefined);
    if (context.json) context.terminal.json(forecast);
    else context.terminal.print(...forecastLines(forecast));
    return ok(0);
  },
});
