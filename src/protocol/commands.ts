import { z } from "zod";
import { ok, type Result, refuse } from "../base/errors.ts";
import { priorities } from "./words.ts";

/** What the user asks for; every edge (terminal, palette, API) parses its input with these. */

export const spawnCommandSchema = z.strictObject({
  /** Becomes the agent's. A command that is given again under its id, since the answer was lost, takes effect once. */
  id: z
    .string()
    .regex(/^[0-9a-z]{10}$/, "an id is ten digits and lower-case letters")
    .optional(),
  task: z.string().trim().min(1, "a task is needed").max(100_000),
  /** Made from the role when absent. */
  name: z.string().trim().min(1).max(60).optional(),
  role: z.string().trim().min(1).max(60).default("lead"),
  /** `provider/model`. */
  model: z.string().min(1),
  /** Micro-dollars. */
  budgetUsd: z.int().positive("a budget is more than 0"),
  budgetTokens: z.int().positive("a token budget is more than 0"),
});
export type SpawnCommand = z.infer<typeof spawnCommandSchema>;
export type SpawnCommandInput = z.input<typeof spawnCommandSchema>;

export const sendCommandSchema = z.strictObject({
  /** Given again under the same id, it is sent once. */
  id: z.string().min(1).max(60).optional(),
  /** An agent's id, the start of one, or its name. */
  to: z.string().min(1),
  body: z.string().min(1, "a message needs text").max(1_000_000),
  priority: z.enum(priorities).default("normal"),
});
export type SendCommandInput = z.input<typeof sendCommandSchema>;
export type SendCommand = z.infer<typeof sendCommandSchema>;

/** Both units may be raised at once; what is absent stays. */
export const raiseCommandSchema = z
  .strictObject({
    /** Given again under the same id, it is raised once. */
    id: z.string().min(1).max(60).optional(),
    agent: z.string().min(1),
    /** Micro-dollars to add. */
    usd: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    tokens: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  })
  .refine(({ usd, tokens }) => usd + tokens > 0, "say by how many dollars or tokens");
export type RaiseCommandInput = z.input<typeof raiseCommandSchema>;
export type RaiseCommand = z.infer<typeof raiseCommandSchema>;

/** Agents that somebody thinks of hiring, all alike. */
export const forecastCommandSchema = z.strictObject({
  agents: z.int().min(1).max(10_000),
  role: z.string().trim().min(1).max(60),
  /** `provider/model`. */
  model: z.string().min(1),
  /** What each would be given: micro-dollars and tokens. */
  budgetUsd: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  budgetTokens: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
});
export type ForecastCommand = z.infer<typeof forecastCommandSchema>;

export const reopenCommandSchema = z.strictObject({
  /** Given again under the same id, it is reopened once. */
  id: z.string().min(1).max(60).optional(),
  agent: z.string().min(1),
  /** More work; its own task, tried again, when absent. */
  task: z.string().trim().min(1).max(100_000).optional(),
  /** Micro-dollars that it may spend from now on; as much as it was given last when absent. */
  budgetUsd: z.int().positive("a budget is more than 0").optional(),
  budgetTokens: z.int().positive("a token budget is more than 0").optional(),
});
export type ReopenCommandInput = z.input<typeof reopenCommandSchema>;
export type ReopenCommand = z.infer<typeof reopenCommandSchema>;

/** Input as a schema has it; refused with the first thing that is wrong. */
export function parseCommand<T>(schema: z.ZodType<T>, input: unknown): Result<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return refuse(
    "bad_input",
    issue === undefined
      ? "The input is not right."
      : [issue.path.join("."), issue.message].filter((part) => part !== "").join(": "),
  );
}
