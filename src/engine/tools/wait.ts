import { z } from "zod";
import type { Tool } from "./tool.ts";

const input = z.strictObject({
  until: z
    .enum(["message", "children"])
    .default("message")
    .describe("message: the next one, a report too; children: all agents you hired have ended"),
});

export const waitTool: Tool<z.infer<typeof input>> = {
  name: "wait",
  description:
    "Rests, at no cost, until a message comes or all your agents have ended. What came is the result. Use it instead of " +
    "asking again and again.",
  input,
  effect: "reads",
  needsWorktree: false,
  run: async ({ until }) => ({ kind: "wait", until }),
};
