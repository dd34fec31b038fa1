import { z } from "zod";
import type { Tool } from "./tool.ts";

const input = z.strictObject({
  status: z.enum(["completed", "failed"]).describe("failed: the task is not done, and why stands in the summary"),
  summary: z
    .string()
    .trim()
    .min(1)
    .describe("What was done, for the one who gave you the task; its first line stands alone"),
  files: z.array(z.string()).default([]).describe("The files that matter, from the worktree's root"),
});

export const reportTool: Tool<z.infer<typeof input>> = {
  name: "report",
  description: "Ends your work: hands what you did up to whoever gave you the task. Call it once, last and alone.",
  input,
  effect: "reads",
  needsWorktree: false,
  run: async (result) => ({ kind: "report", result }),
};
