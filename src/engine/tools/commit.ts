import { z } from "zod";
import { failRefused, plural, quotePath } from "./text.ts";
import { type MadeCommit, succeed, type Tool } from "./tool.ts";

const MAX_FILES_NAMED = 200;

const input = z.strictObject({
  message: z
    .string()
    .trim()
    .min(1)
    .max(10_000)
    .refine((text) => !text.includes("\0"), "holds a NUL character")
    .describe("A first line that says what the commit does, then an empty line and why, where that is not plain"),
});

/** Its result: the commit's id and its files, or that there is nothing. */
export const commitTool: Tool<z.infer<typeof input>> = {
  name: "commit",
  description:
    "Commits all that is uncommitted in your worktree, new files too, on your own branch. You need it only to keep steps " +
    "apart: what is uncommitted when you hire, merge or report is committed for you.",
  input,
  effect: "changes",
  needsWorktree: true,
  async run({ message }, { history }) {
    const made = await history.commit(message);
    if (!made.ok) return failRefused(made.refusal);
    return succeed(made.value === null ? "There is nothing to commit: nothing is uncommitted." : committed(made.value));
  },
};

function committed({ id, files }: MadeCommit): string {
  const named = files.slice(0, MAX_FILES_NAMED).map(quotePath);
  const rest = files.length - named.length;
  return [
    `Committed ${plural(files.length, "file")} as ${id}:`,
    ...named,
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ].join("\n");
}
