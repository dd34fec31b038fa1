import { z } from "zod";
import { kindOf, readTextFile } from "./files.ts";
import { resolvePath } from "./paths.ts";
import { cutLine, failRefused, fittingLines, plural, quotePath } from "./text.ts";
import { failWith, succeed, type Tool, type ToolOutcome } from "./tool.ts";

const MAX_LINE_LENGTH = 2000;

const input = z.strictObject({
  path: z.string().min(1).describe("A file, from the worktree's root, with /"),
  offset: z.int().min(1).default(1).describe("The first line to read, from 1"),
  limit: z.int().min(1).max(20_000).default(2000).describe("How many lines at most"),
});

/** Its result: `path, lines a-b of n` on the first line, then the text as it is. */
export const readFileTool: Tool<z.infer<typeof input>> = {
  name: "read_file",
  description:
    "Reads a text file, or a part of it, as it is. The first line of the result names the file and which lines follow. " +
    "Lines over 2,000 characters are cut with a mark; one call returns at most 64 KB: go on with offset.",
  input,
  effect: "reads",
  needsWorktree: true,
  async run({ path, offset, limit }, { files, signal }) {
    const resolved = await resolvePath(files.root, path, "read");
    if (!resolved.ok) return failRefused(resolved.refusal);
    const name = quotePath(resolved.value.relative);
    if ((await kindOf(resolved.value.absolute)) === "folder") return failWith(`${name} is a folder: use list_files.`);
    const bytes = await readTextFile(resolved.value.absolute, name, signal);
    return bytes.ok ? excerpt(name, linesOf(bytes.value), offset, limit) : failRefused(bytes.refusal);
  },
};

/** Lines without their `\n`; a last `\n` ends a line and starts none. */
function linesOf(bytes: Buffer): string[] {
  const text = bytes.toString("utf8");
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function excerpt(name: string, lines: readonly string[], offset: number, limit: number): ToolOutcome {
  if (lines.length === 0) return succeed(`${name}, empty`);
  if (offset > lines.length) {
    return failWith(`${name} has ${plural(lines.length, "line")}: offset ${offset} is behind its end.`);
  }
  const shown = fittingLines(lines.slice(offset - 1, offset - 1 + limit).map((line) => cutLine(line, MAX_LINE_LENGTH)));
  const last = offset - 1 + shown.length;
  const more = last < lines.length ? `; go on with offset=${last + 1}` : "";
  return succeed([`${name}, lines ${offset}-${last} of ${lines.length}${more}`, ...shown].join("\n"));
}
