import * as vscode from "vscode";

/** What is used of the API, version 1, that the editor's own git extension offers to others. */
export interface EditorGit {
  /** Null where it may not be opened: git is switched off, or the repository is one that the user has ignored. */
  openRepository(root: vscode.Uri): Promise<EditorRepository | null>;
  /** The one that holds a path. */
  getRepository(path: vscode.Uri): EditorRepository | null;
}

export interface EditorRepository {
  readonly rootUri: vscode.Uri;
  readonly state: {
    readonly remotes: readonly EditorRemote[];
    readonly workingTreeChanges: readonly EditorChange[];
    readonly indexChanges: readonly EditorChange[];
    readonly mergeChanges: readonly EditorChange[];
    /** Not there where the user has new files listed among the changes, or not at all. */
    readonly untrackedChanges?: readonly EditorChange[];
    readonly onDidChange: vscode.Event<void>;
  };
  /** Rejects where there is no such key. */
  getConfig(key: string): Promise<string>;
  status(): Promise<void>;
  /** Rejects with an error that carries what git wrote as `stderr`. */
  push(remote: string, branch: string, setUpstream: boolean): Promise<void>;
}

export interface EditorChange {
  readonly uri: vscode.Uri;
}

export interface EditorRemote {
  readonly name: string;
  readonly fetchUrl?: string;
  readonly pushUrl?: string;
}

interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): EditorGit;
}

/** Undefined where the git extension is not there, or switched off. */
export async function editorGit(): Promise<EditorGit | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  const git = extension === undefined ? undefined : await extension.activate();
  return git?.enabled ? git.getAPI(1) : undefined;
}

/** The repository whose checkout is exactly this folder, opened where it isn't yet; undefined where it can't be. */
export async function openedRepository(folder: string): Promise<EditorRepository | undefined> {
  const git = await editorGit();
  if (git === undefined) return undefined;
  const root = vscode.Uri.file(folder);
  const known = exactly(git, root);
  if (known !== undefined) return known;
  await git.openRepository(root);
  return exactly(git, root);
}

/** A folder inside of another repository belongs to that one until it is opened itself. */
function exactly(git: EditorGit, root: vscode.Uri): EditorRepository | undefined {
  const repository = git.getRepository(root);
  return repository?.rootUri.fsPath === root.fsPath ? repository : undefined;
}

/** Lets the editor forget the repository of this folder; the user's own is never closed by it. */
export async function closeRepository(folder: string): Promise<void> {
  const git = await editorGit();
  const repository = git && exactly(git, vscode.Uri.file(folder));
  if (repository !== undefined) await vscode.commands.executeCommand("git.close", repository.rootUri);
}

/** What git wrote when a call of it failed; empty where it didn't say. */
export const gitOutputOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "stderr" in error && typeof error.stderr === "string"
    ? error.stderr.trim()
    : "";
