import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { gitScheme } from "./contributions.ts";
import { shownText } from "./fileText.ts";
import { addressOf, type FileVersion, versionAt } from "./gitAddress.ts";
import type { Session } from "./session.ts";

/** The address of a file as of a commit. */
export const gitUri = (version: FileVersion): vscode.Uri => vscode.Uri.from(addressOf(version));

/** Serves the files of commits, read-only. What a commit holds never changes, so nothing is ever refreshed. */
export function registerGitDocuments(session: Session): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(gitScheme, {
    async provideTextDocumentContent(uri) {
      const engine = await session.engine("refuse");
      if (!engine.ok) throw new Error(engine.refusal.message);
      const version = versionAt(uri);
      return version && shownText(await engine.value.worktrees.readFileAt(version.commit, version.path));
    },
  });
}
