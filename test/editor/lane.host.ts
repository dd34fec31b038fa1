import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Fact } from "./host/facts.ts";

/** What the lane itself promises to tests in the extension host. */
export const facts: readonly Fact[] = [
  {
    name: "the extension host has the folder that was opened",
    run: async () => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      assert.ok(folder);
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, "readme.md"));
      assert.match(new TextDecoder().decode(bytes), /lane/);
    },
  },
  {
    name: "the folder is trusted",
    run: () => assert.equal(vscode.workspace.isTrusted, true),
  },
  {
    name: "what it writes through the API is on disk",
    run: async () => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      assert.ok(folder);
      const version = new TextEncoder().encode(vscode.version);
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder.uri, "version.txt"), version);
    },
  },
];
