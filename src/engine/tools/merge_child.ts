import { z } from "zod";
import type { Refusal } from "../../base/errors.ts";
import type { MergeReport } from "../../protocol/records.ts";
import { failRefused, plural, quotePath } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const MAX_FILES_NAMED = 200;

const input = z.strictObject({
  child: z.string().trim().min(1).describe("An agent that you hired and that has ended, by name or id"),
  onConflict: z
    .enum(["refuse", "let_child_resolve"])
    .default("refuse")
    .describe(
      "What is to happen where its work conflicts with yours. let_child_resolve: it is opened again, merges your work into " +
        "its own, resolves the conflicts and reports; merge it then",
    ),
});

export const mergeChildTool: Tool<z.infer<typeof input>> = {
  name: "merge_child",
  description:
    "Merges the work of an agent that you hired, and that has ended, into your own worktree: whole or, when it " +
    "conflicts with yours, not at all.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run({ child, onConflict }, { team }) {
    const merged = await team.merge(child);
    if (merged.ok) return succeed(mergeText(child, merged.value));
    if (merged.refusal.code !== "conflict") return failRefused(merged.refusal);
    if (onConflict === "refuse") return failRefused(withWayOut(merged.refusal));
    const resolving = await team.letResolve(child);
    return resolving.ok ? succeed(resolvingText(resolving.value)) : failRefused(resolving.refusal);
  },
};

const withWayOut = ({ code, message }: Refusal): Refusal => ({
  code,
  message: `${message} With onConflict: "let_child_resolve" it resolves the conflicts in its own worktree.`,
});

const resolvingText = ({ name, files }: { readonly name: string; readonly files: readonly string[] }): string =>
  `${name} is opened again and resolves the conflicts in ${files.map(quotePath).join(", ")}. Wait for its report, then merge it.`;

function mergeText(child: string, { mergeCommit, files }: MergeReport): string {
  const named = files.slice(0, MAX_FILES_NAMED).map(quotePath);
  const rest = files.length - named.length;
  return [
    `Merged ${JSON.stringify(child)} as ${mergeCommit}, ${plural(files.length, "file")}${files.length === 0 ? "." : ":"}`,
    ...named,
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ].join("\n");
}
