import { z } from "zod";
import { kindOf } from "./files.ts";
import { resolvePath } from "./paths.ts";
import { cutLine, failRefused, fittingLines, quotePath } from "./text.ts";
import { failWith, type SearchMatch, succeed, type Tool } from "./tool.ts";

const MAX_LINE_LENGTH = 300;

const input = z.strictObject({
  pattern: z.string().min(1).describe("A POSIX extended regular expression, as git grep -E takes it"),
  path: z.string().default(".").describe("A folder or file to search, from the worktree's root, with /"),
  ignoreCase: z.boolean().default(false),
  offset: z.int().min(0).default(0).describe("Matches to pass over first"),
  limit: z.int().min(1).max(1000).default(200).describe("How many matches at most"),
});

/** Its result: one match a line, `path:line: text`, sorted by path and line. */
export const searchTool: Tool<z.infer<typeof input>> = {
  name: "search",
  description:
    "Searches text files line by line for a POSIX extended regular expression (no \\d, \\w or \\b: write [0-9], " +
    "[[:alnum:]_]). One match a line: `path:line: text`. Files that git ignores are left out. A last line says how to " +
    "go on when there is more.",
  input,
  effect: "reads",
  needsWorktree: true,
  async run({ path, ...query }, { files, signal }) {
    const resolved = await resolvePath(files.root, path, "read");
    if (!resolved.ok) return failRefused(resolved.refusal);
    const where = resolved.value.relative;
    if ((await kindOf(resolved.value.absolute)) === "missing") {
      return failWith(`There is nothing at ${quotePath(where)}: list_files shows what there is.`);
    }
    const found = await files.search({ ...query, path: where }, signal);
    if (!found.ok) return failRefused(found.refusal);
    const { matches, more } = found.value;
    if (matches.length === 0) return succeed(query.offset === 0 ? "No matches." : "No more matches.");
    const shown = fittingLines(matches.map(matchLine));
    const next = query.offset + shown.length;
    const goOn = more || shown.length < matches.length ? [`… more matches; go on with offset=${next}`] : [];
    return succeed([...shown, ...goOn].join("\n"));
  },
};

const matchLine = ({ path, line, text }: SearchMatch): string =>
  `${quotePath(path)}:${line}: ${cutLine(text.replace(/\r$/, ""), MAX_LINE_LENGTH)}`;
