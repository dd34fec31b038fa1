import { z } from "zod";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { readTextFile, replaceFile } from "./files.ts";
import { resolvePath } from "./paths.ts";
import { failRefused, plural, quotePath } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  path: z.string().min(1).describe("The file, from the worktree's root, with /"),
  old: z.string().min(1).describe("The text to replace, exactly as it stands in the file"),
  new: z.string().describe("What stands there instead"),
  all: z.boolean().default(false).describe("false: old must be in the file exactly once; true: every one is replaced"),
});
type Input = z.infer<typeof input>;

export const editFileTool: Tool<Input> = {
  name: "edit_file",
  description:
    "Replaces a text in a file by another. The old text must match exactly, with its spaces and line ends, and exactly " +
    "once unless all is true.",
  input,
  effect: "changes",
  needsWorktree: true,
  async run(edit, { files, signal, assertLeading }) {
    const resolved = await resolvePath(files.root, edit.path, "write");
    if (!resolved.ok) return failRefused(resolved.refusal);
    const name = quotePath(resolved.value.relative);
    const bytes = await readTextFile(resolved.value.absolute, name, signal);
    if (!bytes.ok) return failRefused(bytes.refusal);
    const edited = applyEdit(bytes.value, name, edit);
    if (!edited.ok) return failRefused(edited.refusal);
    const written = await replaceFile(resolved.value.absolute, name, edited.value.text, assertLeading);
    if (!written.ok) return failRefused(written.refusal);
    return succeed(`Replaced ${plural(edited.value.count, "match", "matches")} in ${name}.`);
  },
};

/** The file's new text and how many matches were replaced. */
function applyEdit(bytes: Buffer, name: string, edit: Input): Result<{ text: string; count: number }> {
  const before = decode(bytes);
  if (before === undefined) {
    return refuse("bad_input", `${name} is not UTF-8: an edit would damage it. Leave it, or write it whole.`);
  }
  const parts = before.split(edit.old);
  const count = parts.length - 1;
  if (edit.old === edit.new) return refuse("bad_input", "old and new are the same: nothing to do.");
  if (count === 0) {
    return refuse(
      "bad_input",
      `old is not in ${name} (0 matches).${hint(before, edit.old)} Read the file and copy it.`,
    );
  }
  if (count > 1 && !edit.all) {
    return refuse("bad_input", `old is in ${name} ${count} times: give more lines around it, or set all to true.`);
  }
  return ok({ text: parts.join(edit.new), count });
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function hint(before: string, old: string): string {
  const withReturns = old.replace(/\r?\n/g, "\r\n");
  if (withReturns !== old && before.includes(withReturns)) return " The file's lines end in \\r\\n.";
  const loose = (text: string) => text.replace(/\s+/g, " ").trim();
  return loose(before).includes(loose(old)) ? " It is there with other spaces or line ends." : "";
}
