import { z } from "zod";
import { replaceFile } from "./files.ts";
import { resolvePath } from "./paths.ts";
import { bytesOf, failRefused, plural, quotePath } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  path: z.string().min(1).describe("The file, from the worktree's root, with /"),
  content: z.string().describe("The whole new text of the file"),
});

export const writeFileTool: Tool<z.infer<typeof input>> = {
  name: "write_file",
  description:
    "Writes a whole text file of at most 1 MB, and makes the folders it needs. What was in the file is replaced. To " +
    "change a part of a file use edit_file.",
  input,
  effect: "changes",
  needsWorktree: true,
  async run({ path, content }, { files, assertLeading }) {
    const resolved = await resolvePath(files.root, path, "write");
    if (!resolved.ok) return failRefused(resolved.refusal);
    const name = quotePath(resolved.value.relative);
    const written = await replaceFile(resolved.value.absolute, name, content, assertLeading);
    if (!written.ok) return failRefused(written.refusal);
    const verb = written.value === "new" ? "Wrote the new file" : "Replaced";
    return succeed(`${verb} ${name}, ${plural(bytesOf(content), "byte")}.`);
  },
};
