import { z } from "zod";
import { priorities } from "./words.ts";

/** What the user asks for; every edge (terminal, palette, API) parses its input with these. */

export const spawnCommandSchema = z.strictObject({
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
  /** An agent's id, the start of one, or its name. */
  to: z.string().min(1),
  body: z.string().min(1, "a message needs text").max(1_000_000),
  priority: z.enum(priorities).default("normal"),
});
export type SendCommandInput = z.input<typeof sendCommandSchema>;
