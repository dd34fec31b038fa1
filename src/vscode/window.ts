import * as vscode from "vscode";
import { type Disposable, DisposableStore, toDisposable } from "../base/disposable.ts";
import { type NoticeStorage, noticesKey } from "./noticeMemory.ts";
import type { SettingReader } from "./settings.ts";

/** Local folders of the window, in its order. */
export const localFolders = (): readonly string[] =>
  (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);

export const isTrusted = (): boolean => vscode.workspace.isTrusted;

export const readSetting: SettingReader = (key) => vscode.workspace.getConfiguration().get(key);

/** The window's own: another window on the repository has another one. */
export const noticeStorage = ({ workspaceState }: vscode.ExtensionContext): NoticeStorage => ({
  read: () => workspaceState.get(noticesKey),
  write: (memory) => void workspaceState.update(noticesKey, memory),
});

/** Milliseconds that `.git` is left in peace first: git writes several files for one change. */
const SETTLE_MS = 200;

/**
 * Calls `refresh` when the window may stand on something else: other folders, trust, a repository or a first commit
 * that appears. A window that comes to the front is looked at too, for what a watcher cannot see (a folder above).
 */
export function watchWindow(refresh: () => Promise<void>): Disposable {
  const disposables = new DisposableStore();
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), SETTLE_MS);
  };
  let watchers = watchRepositories(soon);
  disposables.add(toDisposable(() => clearTimeout(timer)));
  disposables.add(toDisposable(() => watchers.dispose()));
  disposables.add(
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      watchers.dispose();
      watchers = watchRepositories(soon);
      soon();
    }),
  );
  disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(soon));
  disposables.add(vscode.window.onDidChangeWindowState(({ focused }) => (focused ? soon() : undefined)));
  return disposables;
}

/**
 * `.git` and HEAD appear with a repository, a branch and its log with the first commit, and the lock's file with the
 * first agent, which another window or a terminal may spawn.
 */
const MILESTONES = "{.git,.git/HEAD,.git/logs,.git/logs/HEAD,.git/refs/heads/*,.git/banyan,.git/banyan/leader.json}";

function watchRepositories(onChange: () => void): Disposable {
  const disposables = new DisposableStore();
  for (const folder of localFolders()) {
    const pattern = new vscode.RelativePattern(folder, MILESTONES);
    const watcher = disposables.add(vscode.workspace.createFileSystemWatcher(pattern, false, true, false));
    disposables.add(watcher.onDidCreate(onChange));
    disposables.add(watcher.onDidDelete(onChange));
  }
  return disposables;
}
