import * as vscode from "vscode";
import { type ChangePage, PAGE_SIZE, pagesOf, type ShownDiff } from "./changePages.ts";
import { noticeText } from "./escape.ts";
import { gitUri } from "./gitDocuments.ts";

/**
 * Opens an agent's changes in the editor's own multi-file diff. More than a page's worth is opened page by page, each
 * when the user asks for it; resolves when the first page is open.
 */
export async function openWorkDiff(root: string, name: string, diff: ShownDiff): Promise<void> {
  const pages = pagesOf(diff);
  if (pages.length === 0) void vscode.window.showInformationMessage(noticeText(`“${name}” has changed no files.`));
  else await openPage(root, name, pages, 0);
}

async function openPage(root: string, name: string, pages: readonly ChangePage[], index: number): Promise<void> {
  const page = pages[index];
  if (page === undefined) return;
  const base = vscode.Uri.file(root);
  const resources = page.rows.map(({ path, before, after }) => [
    vscode.Uri.joinPath(base, path),
    before && gitUri(before),
    after && gitUri(after),
  ]);
  await vscode.commands.executeCommand("vscode.changes", noticeText(`Changes of “${name}”${page.suffix}`), resources);
  if (index + 1 < pages.length) void offerNext(root, name, pages, index);
}

async function offerNext(root: string, name: string, pages: readonly ChangePage[], index: number): Promise<void> {
  const next = `Next ${pages[index + 1]?.rows.length ?? PAGE_SIZE} Files`;
  const text = noticeText(`Changes of “${name}”${pages[index]?.suffix ?? ""}`);
  if ((await vscode.window.showInformationMessage(text, next)) === next) await openPage(root, name, pages, index + 1);
}
