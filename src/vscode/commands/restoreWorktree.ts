import * as vscode from "vscode";
import { refuse } from "../../base/errors.ts";
import type { WorktreeRecord } from "../../protocol/records.ts";
import { noticeText, oneLine } from "../escape.ts";
import { counted } from "../figures.ts";
import { type Command, withViewProgress } from "./command.ts";

/** *Restore Worktree…*: makes a removed worktree again, as it was. */
export const restoreWorktree: Command = async ({ session }) => {
  const engine = await session.engine("refuse");
  if (!engine.ok) return engine;
  const removed = (await engine.value.worktrees.list()).filter(({ status }) => status === "removed");
  if (removed.length === 0) return refuse("not_found", "Nothing to restore: no worktree was removed.");
  const names = new Map((await engine.value.agents.tree()).map(({ id, name }) => [id, name]));
  const items = removed.map((record) => itemOf(record, names.get(record.agentId) ?? record.branch));
  const picked = await vscode.window.showQuickPick(items, { title: "Restore Worktree", matchOnDescription: true });
  if (picked === undefined) return undefined;
  const restored = await withViewProgress(() => engine.value.worktrees.restore(picked.agentId));
  if (!restored.ok) return restored;
  const { path, leftOut } = restored.value;
  const missing =
    leftOut.length === 0 ? "" : ` ${counted(leftOut.length, "ignored path")} had been too large to be kept.`;
  void report(`“${picked.label}” is back in ${path}.${missing}`, path);
  return restored;
};

interface Item extends vscode.QuickPickItem {
  readonly agentId: string;
}

const itemOf = ({ agentId, branch, removedAt, snapshotCommit }: WorktreeRecord, name: string): Item => ({
  agentId,
  label: oneLine(name, 80),
  description: branch,
  detail: [
    ...(removedAt === null ? [] : [`Removed ${new Date(removedAt).toLocaleString()}`]),
    ...(snapshotCommit === null ? ["only its branch is kept"] : []),
  ].join("; "),
});

async function report(text: string, path: string): Promise<void> {
  const open = "Open in New Window";
  if ((await vscode.window.showInformationMessage(noticeText(text), open)) !== open) return;
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(path), { forceNewWindow: true });
}
