import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import type { AgentsModel } from "./agentsModel.ts";
import { clashScheme } from "./contributions.ts";

/** The address by which the row of an agent whose work collides gets its badge and its colour. */
export const clashUri = (agentId: string): vscode.Uri => vscode.Uri.from({ scheme: clashScheme, path: `/${agentId}` });

/** Marks the rows of agents whose work would conflict, in the colour that the theme has for warnings. */
export function registerClashBadges(model: Pick<AgentsModel, "clashes" | "onDidChange">): Disposable {
  const disposables = new DisposableStore();
  const changed = disposables.add(new vscode.EventEmitter<vscode.Uri[] | undefined>());
  disposables.add(
    model.onDidChange(({ tree }) => {
      if (tree.kind === "all") changed.fire(undefined);
      if (tree.kind === "some") changed.fire(tree.ids.map(clashUri));
    }),
  );
  disposables.add(
    vscode.window.registerFileDecorationProvider({
      onDidChangeFileDecorations: changed.event,
      provideFileDecoration: ({ scheme, path }) =>
        scheme === clashScheme && model.clashes(path.slice(1)).length > 0 ? decoration() : undefined,
    }),
  );
  return disposables;
}

function decoration(): vscode.FileDecoration {
  const color = new vscode.ThemeColor("list.warningForeground");
  return new vscode.FileDecoration("!", "Its work would conflict with other work", color);
}
