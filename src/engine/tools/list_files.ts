import { z } from "zod";
import { kindOf } from "./files.ts";
import { resolvePath } from "./paths.ts";
import { failRefused, fittingLines, plural, quotePath } from "./text.ts";
import { type FileEntry, failWith, succeed, type Tool, type ToolOutcome } from "./tool.ts";

const input = z.strictObject({
  path: z.string().default(".").describe("A folder, from the worktree's root, with /"),
  recursive: z.boolean().default(false).describe("false: the folder's own entries; true: every file below it"),
  offset: z.int().min(0).default(0).describe("Entries to pass over first"),
  limit: z.int().min(1).max(2000).default(500).describe("How many entries at most"),
});

/** Its result: one entry a line, `D  src/  123 files  45678 bytes` or `F  README.md  1234 bytes`, sorted by path. */
export const listFilesTool: Tool<z.infer<typeof input>> = {
  name: "list_files",
  description:
    "Lists what a folder holds, one entry a line, by path from the worktree's root: `D  src/  123 files  45678 bytes` " +
    "for a folder with what is below it, `F  README.md  1234 bytes` for a file. Odd names are JSON strings. Files that " +
    "git ignores are left out. A last line says how to go on when there is more.",
  input,
  effect: "reads",
  needsWorktree: true,
  async run({ path, recursive, offset, limit }, { files }) {
    const resolved = await resolvePath(files.root, path, "read");
    if (!resolved.ok) return failRefused(resolved.refusal);
    const folder = resolved.value.relative;
    const kind = await kindOf(resolved.value.absolute);
    if (kind === "missing") return failWith(`There is no folder ${quotePath(folder)}: start from list_files ".".`);
    if (kind !== "folder") return failWith(`${quotePath(folder)} is a file: use read_file.`);
    const entries = await files.list(folder);
    return page(folder, recursive ? entries.map(fileLine) : directLines(folder, entries), offset, limit);
  },
};

const bytesText = (size: number | null): string => (size === null ? "unknown size" : plural(size, "byte"));

const fileLine = (entry: FileEntry): string => `F  ${quotePath(entry.path)}  ${bytesText(entry.size)}`;

interface Totals {
  files: number;
  bytes: number;
}

/** The folder's own entries, sorted by path; a folder carries what is below it. */
function directLines(folder: string, entries: readonly FileEntry[]): string[] {
  const prefix = folder === "." ? "" : `${folder}/`;
  const folders = new Map<string, Totals>();
  const lines = new Map<string, string>();
  for (const entry of entries) {
    const slash = entry.path.indexOf("/", prefix.length);
    if (slash < 0) lines.set(entry.path, fileLine(entry));
    else addTo(folders, entry.path.slice(0, slash + 1), entry.size ?? 0);
  }
  for (const [path, { files, bytes }] of folders) {
    lines.set(path, `D  ${quotePath(path)}  ${plural(files, "file")}  ${plural(bytes, "byte")}`);
  }
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

function addTo(folders: Map<string, Totals>, path: string, bytes: number): void {
  const totals = folders.get(path) ?? { files: 0, bytes: 0 };
  totals.files += 1;
  totals.bytes += bytes;
  folders.set(path, totals);
}

function page(folder: string, lines: readonly string[], offset: number, limit: number): ToolOutcome {
  if (lines.length === 0) {
    return succeed(`${quotePath(folder)} holds no files that git tracks or would track.`);
  }
  if (offset >= lines.length) {
    return failWith(
      `${quotePath(folder)} has ${plural(lines.length, "entry", "entries")}: offset ${offset} is too far.`,
    );
  }
  const shown = fittingLines(lines.slice(offset, offset + limit));
  const next = offset + shown.length;
  const more = next < lines.length ? [`… ${next} of ${lines.length} entries; go on with offset=${next}`] : [];
  return succeed([...shown, ...more].join("\n"));
}
