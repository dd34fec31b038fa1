import { z } from "zod";
import { stopReasonSchema } from "../../../protocol/transcript.ts";
import { unknownPlaceholder } from "./placeholders.ts";

const scriptText = z.string().superRefine((text, context) => {
  const unknown = unknownPlaceholder(text);
  if (unknown !== undefined) context.addIssue({ code: "custom", message: unknown });
});

const jsonValue: z.ZodType<JsonValue, JsonValue> = z.lazy(() =>
  z.union([scriptText, z.number(), z.boolean(), z.null(), z.array(jsonValue), z.record(z.string(), jsonValue)]),
);
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

const milliseconds = z.int().min(0).max(3_600_000);
const delayMs = milliseconds.optional().describe("Milliseconds to let pass first");

const callSchema = z.strictObject({
  tool: z.string().min(1).describe("The tool to call, such as write_file; one that does not exist is let through"),
  input: jsonValue.default({}).describe("Its input as it is, right or wrong; placeholders in its strings are replaced"),
});

const usageSchema = z
  .strictObject({
    inputTokens: z.int().min(0).default(0),
    outputTokens: z.int().min(0).default(0),
    cacheReadTokens: z.int().min(0).default(0),
    cacheWriteTokens: z.int().min(0).default(0),
  })
  .describe("What the turn is charged; counted from its real text when left out");

const faultSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("error"),
      status: z.int().min(400).max(599).describe("The HTTP status that a provider would have answered"),
      retryAfterMs: milliseconds.optional().describe("How long the provider asks to wait"),
      message: z.string().min(1).optional(),
      delayMs,
    })
    .describe("The provider answers with an error, and charges nothing"),
  z
    .strictObject({ kind: z.literal("cut"), message: z.string().min(1).optional(), delayMs })
    .describe("The stream breaks off; what was charged is unknown"),
  z
    .strictObject({ kind: z.literal("refusal"), text: scriptText.optional(), delayMs })
    .describe("The model refuses to answer"),
  z.strictObject({ kind: z.literal("hang") }).describe("No answer comes until the call is aborted"),
]);
export type ScriptFault = z.infer<typeof faultSchema>;

const turnSchema = z.strictObject({
  text: scriptText.optional().describe("What the model says"),
  calls: z.array(callSchema).default([]).describe("The tools it calls, in order"),
  stopReason: stopReasonSchema.optional().describe("tool_use with calls and end_turn without, when left out"),
  usage: usageSchema.optional(),
  delayMs,
  faults: z.array(faultSchema).default([]).describe("What happens at the first attempts, one after another"),
});
export type ScriptTurn = z.infer<typeof turnSchema>;

const matchSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe("The agent's exact name"),
    role: z.string().min(1).optional().describe("The agent's exact role"),
    task: z
      .string()
      .min(1)
      .optional()
      .describe("A part of the agent's task, or a /regular expression/ with flags i, m, s, u"),
    depth: z.int().min(0).optional().describe("0 for the root of a team"),
  })
  .superRefine(({ task }, context) => {
    const problem = task === undefined ? undefined : taskProblem(task);
    if (problem !== undefined) context.addIssue({ code: "custom", path: ["task"], message: problem });
  })
  .describe("Which agents this entry is for: all that is given must hold; nothing given matches every agent");
export type ScriptMatch = z.infer<typeof matchSchema>;

const agentSchema = z.strictObject({
  match: matchSchema.default({}),
  turns: z.array(turnSchema).min(1).describe("What the agent's model answers, turn by turn"),
});
export type ScriptAgent = z.infer<typeof agentSchema>;

export const scriptSchema = z.strictObject({
  $schema: z.string().optional().describe("Where this schema is, for editors"),
  description: z.string().optional().describe("What the script shows; not played"),
  maxOutputTokens: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("The most that one reply may hold; 4096, or what the largest turn needs, when left out"),
  agents: z.array(agentSchema).min(1).describe("The first entry that matches an agent is played"),
});
export type Script = z.infer<typeof scriptSchema>;

const TASK_EXPRESSION = /^\/(.+)\/([imsu]*)$/s;

/** A task that is written as `/regular expression/` tests by it; any other is looked for as it is. */
export function taskMatches(wanted: string, task: string): boolean {
  const expression = TASK_EXPRESSION.exec(wanted);
  if (expression === null) return task.includes(wanted);
  return new RegExp(expression[1] ?? "", expression[2]).test(task);
}

function taskProblem(task: string): string | undefined {
  try {
    taskMatches(task, "");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The JSON schema of a script file, for editors and for the documentation. */
export const scriptJsonSchema = (): Record<string, unknown> => ({
  title: "Banyan model script",
  ...z.toJSONSchema(scriptSchema, { io: "input" }),
});
