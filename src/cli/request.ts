import type { z } from "zod";
import { ok, type Result, refuse } from "../base/errors.ts";
import { defaultSettings } from "../engine/engine.ts";
import { type SpawnCommand, spawnCommandSchema } from "../protocol/commands.ts";
import { parseUsd } from "../protocol/money.ts";
import type { ValueSpec } from "./command.ts";
import { quoted } from "./render/text.ts";

/** The model that needs no key and no network. */
export const defaultModel = "offline/survey";

/** Options of the commands that start a team. */
export const teamValues = {
  model: { placeholder: "M", example: defaultModel, help: `Model as provider/model (default: ${defaultModel})` },
  budget: { placeholder: "USD", example: "2.50", help: "Dollars that the team may spend (default: 5)" },
  tokens: { placeholder: "N", example: "200000", help: "Tokens that the team may use (default: 10000000)" },
} as const satisfies Record<string, ValueSpec>;

/** A new team as it was typed. */
export interface TeamRequest {
  readonly task: string;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly model?: string | undefined;
  readonly budget?: string | undefined;
  readonly tokens?: string | undefined;
}

/** What a team may spend where nothing was typed: micro-dollars, and tokens. */
interface DefaultBudget {
  readonly budgetUsd: number;
  readonly budgetTokens: number;
}

/** Reads a request for a team; a refusal names the first thing that is wrong. Whether there is the model is not asked. */
export function parseTeamRequest(
  request: TeamRequest,
  defaults: DefaultBudget = defaultSettings,
): Result<SpawnCommand> {
  const budget = parseBudget(request.budget, defaults.budgetUsd);
  if (!budget.ok) return budget;
  const tokens = parseTokens(request.tokens, defaults.budgetTokens);
  if (!tokens.ok) return tokens;
  const command = spawnCommandSchema.safeParse({
    task: request.task,
    name: request.name,
    role: request.role,
    model: request.model ?? defaultModel,
    budgetUsd: budget.value,
    budgetTokens: tokens.value,
  });
  if (command.success) return ok(command.data);
  return refuse("bad_input", wrongField(command.error.issues[0]));
}

function wrongField(issue: z.core.$ZodIssue | undefined): string {
  const field = String(issue?.path[0] ?? "request");
  if (issue?.code === "too_big") return `The ${field} is too long: at most ${issue.maximum} characters.`;
  if (issue?.code === "too_small") return `The ${field} is empty: give it some text.`;
  return `The ${field} is not right: ${issue?.message ?? "try again"}.`;
}

/** Dollars as typed, in micro-dollars; the default where nothing was. */
export function parseBudget(text: string | undefined, whenAbsent: number): Result<number> {
  if (text === undefined) return ok(whenAbsent);
  const amount = parseUsd(text);
  const right = "give dollars, for instance --budget 2.50.";
  if (amount.ok && amount.value > 0) return amount;
  if (amount.ok) return refuse("bad_input", `Budget ${quoted(text)} would pay for nothing: ${right}`);
  const isAmount = /^\$?\d+(\.\d+)?$/.test(text.trim());
  return refuse(
    "bad_input",
    isAmount ? `Budget ${amount.refusal.message}` : `Budget ${quoted(text)} is not an amount: ${right}`,
  );
}

/** A number of tokens as typed; the default where nothing was. */
export function parseTokens(text: string | undefined, whenAbsent: number): Result<number> {
  if (text === undefined) return ok(whenAbsent);
  const tokens = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (tokens > 0 && Number.isSafeInteger(tokens)) return ok(tokens);
  return refuse(
    "bad_input",
    `Tokens ${quoted(text)} is not a number of tokens: give a whole number, for instance --tokens 200000.`,
  );
}
