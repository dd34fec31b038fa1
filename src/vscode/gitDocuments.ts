import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import type { FileVersion } from "./changePages.ts";
import { gitScheme } from "./contributions.ts";
import { shownText } from "./fileText.ts";
import type { Session } from "./session.ts";

/** The address of a file as of a commit. Its path is the file's, so that the editor knows its language. */
export const gitUri = ({ commit, path }: FileVersion): vscode.Uri =>
  vscode.Uri.from({ scheme: gitScheme, path: `/${path}`, query: commit });

/** Serves the files of commits, read-only. What a commit holds never changes, so nothing is ever refreshed. */
export function registerGitDocuments(session: Session): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(gitScheme, {
    async provideTextDocumentContent(uri) {
      const engine = await session.engine("refuse");
      if (!engine.ok) throw new Error(engine.refusal.message);
      return shownText(await engine.value.worktrees.readFileAt(uri.query, uri.path.slice(1)));
    },
  });
}
