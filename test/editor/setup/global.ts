import type { TestProject } from "vitest/node";
import { type BrowserCommand, findBrowser } from "./browser.ts";
import { type InstalledEditor, installEditor } from "./editor.ts";
import { findNode } from "./node.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What this machine starts the editor with; found or fetched once, before the first test. */
    readonly editorLane: { readonly node: string; readonly editor: InstalledEditor; readonly browser: BrowserCommand };
  }
}

/** Runs once, before the first test file. Whatever is missing fails the run here: the lane never skips. */
export default async function setup(project: TestProject): Promise<void> {
  const node = findNode();
  const editor = await installEditor(say);
  const browser = await findBrowser(say);
  say(`VS Code ${editor.version} in ${browser.executablePath}`);
  project.provide("editorLane", { node, editor, browser });
}

function say(line: string): void {
  process.stderr.write(`editor lane: ${line}\n`);
}
