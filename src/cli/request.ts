import type { z } from "zod";
import { ok, type Result, refuse } from "../base/errors.ts";
import type { TeamDefaults } from "../engine/settings.ts";
import { type SpawnCommand, spawnCommandSchema } from "../protocol/commands.ts";
import { parseUsd } from "../protocol/money.ts";
import type { ValueSpec } from "./command.ts";
import { quoted } from "./render/text.ts";

/** Options of the commands that start a team; `defaults` says in words what each is when it is left out. */
export const teamValues = (defaults: Readonly<Record<"model" | "budget" | "tokens", string | number>>) =>
  ({
    model: {
      placeholder: "M",
      example: "offline/survey",
      help: `Model as provider/model (default: ${defaults.model})`,
    },
    budget: {
      placeholder: "USD",
      example: "2.50",
      help: `Dollars that the team may spend (default: ${defaults.budget})`,
    },
    tokens: {
      placeholder: "N",
      example: "200000",
      help: `Tokens that the team may use (default: ${defaults.tokens})`,
    },
  }) as const satisfies Record<string, ValueSpec>;

/** A new team as it was typed. */
export interface TeamRequest {
  readonly task: string;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly model?: string | undefined;
  readonly budget?: string | undefined;
  readonly tokens?: string | undefined;
  readonly base?: string | undefined;
  readonly target?: string | undefined;
  readonly withChanges?: boolean;
}

/** Reads a request for a team; a refusal names the first thing that is wrong. Whether there is the model is not asked. */
export function parseTeamRequest(request: TeamRequest, defaults: TeamDefaults): Result<SpawnCommand> {
  const budget = parseBudget(request.budget, defaults.budgetUsd);
  if (!budget.ok) return budget;
  const tokens = parseTokens(request.tokens, defaults.budgetTokens);
  if (!tokens.ok) return tokens;
  const command = spawnCommandSchema.safeParse({
    task: request.task,
    name: request.name,
    role: request.role,
    model: request.model ?? defaults.model,
    budgetUsd: budget.value,
    budgetTokens: tokens.value,
    base: request.base,
    target: request.target,
    withChanges: request.withChanges,
  });
  if (command.success) return ok(command.data);
  return refuse("bad_input", wrongField(command.error.issues[0]));
}

/** What is wrong with what was typed, as a sentence. */
export function wrongField(issue: z.core.$ZodIssue | undefined): string {
  const field = String(issue?.path[0] ?? "request");
  if (issue?.code === "too_big") return `The ${field} is too long: at most ${issue.maximum} characters.`;
  if (issue?.code === "too_small") return `The ${field} is empty: give it some text.`;
  return `The ${field} is not right: ${issue?.message ?? "try again"}.`;
}

/** Dollars as typed, in micro-dollars; the default where nothing was. `example`: what would do. */
export function parseBudget(
  text: string | undefined,
  whenAbsent: number,
  example = "for instance --budget 2.50",
): Result<number> {
  if (text === undefined) return ok(whenAbsent);
  const amount = parseUsd(text);
  const right = `give dollars, ${example}.`;
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
