import { z } from "zod";
import type { ChangedFile } from "../../protocol/records.ts";
import { resolvePath } from "./paths.ts";
import { cutLine, failRefused, fittingLines, plural, quotePath } from "./text.ts";
import { failWith, succeed, type Tool, type ToolOutcome, type WorktreeDiff } from "./tool.ts";

const MAX_LINE_LENGTH = 2000;
const MAX_FILES_NAMED = 200;

const input = z.strictObject({
  path: z.string().default(".").describe("Only what is in this folder or file, from the worktree's root, with /"),
  from: z
    .string()
    .default("base")
    .describe('"base": all that you did; "head": only what is uncommitted; or a commit that log shows, by id'),
  summary: z.boolean().default(false).describe("true: only the files, with counts of lines"),
  offset: z.int().min(1).default(1).describe("The patch's first line to show, from 1"),
  limit: z.int().min(1).max(5000).default(1000).describe("How many lines of it at most"),
});

/** Its result: the files with counts, an empty line, then lines of a unified patch. */
export const diffTool: Tool<z.infer<typeof input>> = {
  name: "diff",
  description:
    "Shows what changed in your worktree, with what is uncommitted and new: since you started, or since a commit of " +
    "yours. First the files with the lines added and deleted, then a unified patch. Use summary, or a path, where it is " +
    "long; a last line says how to go on when there is more.",
  input,
  effect: "reads",
  needsWorktree: true,
  async run({ path, from, summary, offset, limit }, { files, history, signal }) {
    const resolved = await resolvePath(files.root, path, "read");
    if (!resolved.ok) return failRefused(resolved.refusal);
    const where = resolved.value.relative;
    const found = await history.diff({ from, path: where, offset, limit: summary ? 0 : limit }, signal);
    if (!found.ok) return failRefused(found.refusal);
    return found.value.files.length === 0 ? succeed(nothingIn(where, found.value)) : show(found.value, summary, offset);
  },
};

const nothingIn = (path: string, { from }: WorktreeDiff): string =>
  `Nothing ${path === "." ? "" : `in ${quotePath(path)} `}differs from ${from}.`;

function show({ from, files, lines, more }: WorktreeDiff, summary: boolean, offset: number): ToolOutcome {
  const named = files.slice(0, MAX_FILES_NAMED).map(fileLine);
  const rest = files.length - named.length;
  const head = [
    `${plural(files.length, "file")} changed since ${from}, +${sum(files, "added")} -${sum(files, "deleted")}`,
    ...named,
    ...(rest > 0 ? [`… and ${rest} more: give a path`] : []),
  ];
  if (summary) return succeed(head.join("\n"));
  if (lines.length === 0) return failWith(`The patch ends before line ${offset}.`);
  const shown = fittingLines(lines.map(({ text, length }) => lineText(text, length)));
  const next = offset + shown.length;
  const goOn = more || shown.length < lines.length ? [`… more of the patch; go on with offset=${next}`] : [];
  // What was shown with the first part is not shown again with each.
  return succeed([...(offset === 1 ? [...head, ""] : []), ...shown, ...goOn].join("\n"));
}

const lineText = (text: string, bytes: number): string =>
  text.length > MAX_LINE_LENGTH ? `${cutLine(text, MAX_LINE_LENGTH)} […the line has ${bytes} bytes]` : text;

const sum = (files: readonly ChangedFile[], which: "added" | "deleted"): number =>
  files.reduce((total, file) => total + (file[which] ?? 0), 0);

const LETTERS = { added: "A", modified: "M", deleted: "D", renamed: "R" } as const;

function fileLine({ path, status, previousPath, added, deleted }: ChangedFile): string {
  const counts = added === null || deleted === null ? "binary" : `+${added} -${deleted}`;
  const from = previousPath === null ? "" : `  from ${quotePath(previousPath)}`;
  return `${LETTERS[status]}  ${quotePath(path)}  ${counts}${from}`;
}
