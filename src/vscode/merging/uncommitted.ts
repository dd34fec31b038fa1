import * as vscode from "vscode";
import { editorGit } from "./gitExtension.ts";

/** How many files of the user's differ from their commit, as the editor's git knows it; 0 where it doesn't. Opens nothing. */
export async function uncommittedFiles(folder: string): Promise<number> {
  const git = await editorGit();
  const state = git?.getRepository(vscode.Uri.file(folder))?.state;
  if (state === undefined) return 0;
  const { indexChanges, workingTreeChanges, untrackedChanges = [], mergeChanges } = state;
  const paths = [...indexChanges, ...workingTreeChanges, ...untrackedChanges, ...mergeChanges].map(
    ({ uri }) => uri.fsPath,
  );
  return new Set(paths).size;
}
