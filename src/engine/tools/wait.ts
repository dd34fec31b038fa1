import { z } from "zod";
import { timeLimit } from "./timeLimit.ts";
import type { Tool } from "./tool.ts";

const input = z.strictObject({
  until: z
    .enum(["message", "children"])
    .default("message")
    .describe("message: the next one, a report too; children: all agents you hired have ended"),
  timeoutSeconds: timeLimit.optional().describe("How long you wait at the most; as long as it takes when left out"),
});

export const waitTool: Tool<z.infer<typeof input>> = {
  name: "wait",
  description:
    "Rests, at no cost, until a message comes or all your agents have ended. What came follows the result. Use it " +
    "instead of asking again and again.",
  input,
  effect: "reads",
  needsWorktree: false,
  run: async ({ until, timeoutSeconds }) => ({
    kind: "wait",
    until: { for: until },
    timeoutMs: timeoutSeconds === undefined ? null : timeoutSeconds * 1000,
  }),
};
