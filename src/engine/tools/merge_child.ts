import { z } from "zod";
import type { MergeReport } from "../../protocol/records.ts";
import { failRefused, plural, quotePath } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const MAX_FILES_NAMED = 200;

const input = z.strictObject({
  child: z.string().trim().min(1).describe("An agent that you hired and that has ended, by name or id"),
});

export const mergeChildTool: Tool<z.infer<typeof input>> = {
  name: "merge_child",
  description:
    "Merges the work of an agent that you hired, and that has ended, into your own worktree: whole or, when it " +
    "conflicts with yours, not at all.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run({ child }, { team }) {
    const merged = await team.merge(child);
    return merged.ok ? succeed(mergeText(child, merged.value)) : failRefused(merged.refusal);
  },
};

function mergeText(child: string, { mergeCommit, files }: MergeReport): string {
  const named = files.slice(0, MAX_FILES_NAMED).map(quotePath);
  const rest = files.length - named.length;
  return [
    `Merged ${JSON.stringify(child)} as ${mergeCommit}, ${plural(files.length, "file")}${files.length === 0 ? "." : ":"}`,
    ...named,
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ].join("\n");
}
