import { z } from "zod";
import { usdInput } from "./amounts.ts";
import { failRefused, quotePath } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  name: z
    .string()
    .max(40)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be a lower-case slug such as api-tests")
    .describe("A lower-case slug of at most 40 characters, unique in the team: api-tests"),
  role: z.string().trim().min(1).max(100).describe("What it is, in a word or two: implementer, reviewer"),
  task: z.string().trim().min(1).describe("What it is to do and when it is done: it knows nothing else"),
  model: z.string().min(1).optional().describe("provider/model; yours when left out"),
  budgetUsd: usdInput
    .optional()
    .describe("Dollars it may spend, of yours: 0.50; a share of what you have when left out"),
  budgetTokens: z.int().min(0).optional().describe("Tokens it may use, of yours"),
});

/** Its result names the agent in quotes, then `(id …)`. */
export const spawnAgentTool: Tool<z.infer<typeof input>> = {
  name: "spawn_agent",
  description:
    "Hires an agent that works on a task of its own, beside you, in its own worktree that starts from your work as it " +
    "is now. When it ends its report comes as a message (use wait), and merge_child brings its work into yours.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run(request, { team }) {
    const hired = await team.spawn(request);
    if (!hired.ok) return failRefused(hired.refusal);
    const { id, name, branch } = hired.value;
    return succeed(
      `Hired "${name}" (id ${id}) on branch ${quotePath(branch)}. Use wait for its report, then merge_child.`,
    );
  },
};
