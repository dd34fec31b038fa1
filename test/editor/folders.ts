import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Makes a new folder in `parent` with these files: path within it to content. */
export async function makeFolder(parent: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(parent, "folder-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The least that VS Code takes for an extension under development; its one command has no implementation. */
export const emptyExtension = {
  "package.json": JSON.stringify({
    name: "empty",
    publisher: "lane",
    version: "0.0.1",
    engines: { vscode: "^1.125.0" },
    contributes: { commands: [{ command: "lane.nothing", title: "Nothing", category: "Lane" }] },
  }),
};
