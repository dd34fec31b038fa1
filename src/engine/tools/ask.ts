import { z } from "zod";
import { priorities } from "../../protocol/words.ts";
import { failRefused } from "./text.ts";
import { timeLimit } from "./timeLimit.ts";
import type { Tool } from "./tool.ts";

const DEFAULT_SECONDS = 600;

const input = z.strictObject({
  to: z.string().trim().min(1).describe("An agent of your team by name or id, or: parent"),
  question: z.string().min(1).describe("What you want to know: the other knows nothing of what you think"),
  priority: z
    .enum(priorities)
    .default("high")
    .describe("urgent interrupts; the others come when it waits, asks or is idle"),
  timeoutSeconds: timeLimit.default(DEFAULT_SECONDS).describe("How long you wait at the most"),
});

export const askTool: Tool<z.infer<typeof input>> = {
  name: "ask",
  description:
    "Asks another agent and rests, at no cost, until it answers or the time is over. What came meanwhile follows " +
    "the result, the answer in it. A question to you ends it early: answer that, then use wait. Call it last in a reply.",
  input,
  effect: "once",
  needsWorktree: false,
  async run({ to, question, priority, timeoutSeconds }, { team }) {
    const asked = await team.ask({ to, body: question, priority });
    if (!asked.ok) return failRefused(asked.refusal);
    return { kind: "wait", until: { for: "answer", ...asked.value }, timeoutMs: timeoutSeconds * 1000 };
  },
};
