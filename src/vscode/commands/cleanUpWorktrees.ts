import * as vscode from "vscode";
import { ok, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { CleanReport, Orphan, WorktreeRecord } from "../../protocol/records.ts";
import { noticeText, oneLine } from "../escape.ts";
import { counted } from "../figures.ts";
import { type Command, withViewProgress } from "./command.ts";

/** *Clean Up Worktrees…*: removes the worktrees that the user picks of agents that have ended; all in them is kept. */
export const cleanUpWorktrees: Command = async ({ session }) => {
  const engine = await session.engine("refuse");
  if (!engine.ok) return engine;
  const found = await engine.value.worktrees.clean({ which: "ended", orphans: true, dryRun: true });
  if (!found.ok) return found;
  const items = await itemsOf(engine.value, found.value);
  if (items.length === 0) {
    return refuse(
      "not_found",
      "Nothing to clean up: no agent that has ended has a worktree, and there are no orphans.",
    );
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: "Clean Up Worktrees",
    placeHolder: "Branches stay, and what is in the worktrees is kept: Restore Worktree brings it back",
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined || picked.length === 0) return undefined;
  const agents = picked.flatMap(({ agentId }) => agentId ?? []);
  const orphans = picked.some(({ agentId }) => agentId === undefined);
  const which = agents.length === 0 ? "none" : "ended";
  const cleaned = await withViewProgress(() => engine.value.worktrees.clean({ agents, which, orphans }));
  if (cleaned.ok) void vscode.window.showInformationMessage(noticeText(summaryOf(cleaned.value)));
  return cleaned.ok ? ok(cleaned.value) : cleaned;
};

interface Item extends vscode.QuickPickItem {
  /** Absent: all orphans. */
  readonly agentId?: string;
}

async function itemsOf(engine: Engine, { removed, orphans }: CleanReport): Promise<Item[]> {
  const names = new Map((await engine.agents.tree()).map(({ id, name }) => [id, name]));
  return [
    ...removed.map((record) => itemOf(record, names.get(record.agentId) ?? record.branch)),
    ...(orphans.length === 0 ? [] : [orphansItem(orphans)]),
  ];
}

/** What is merged is picked already. */
const itemOf = ({ agentId, branch, path, status }: WorktreeRecord, name: string): Item => ({
  agentId,
  label: oneLine(name, 80),
  description: `${status}  ${branch}`,
  detail: path,
  picked: status === "merged",
});

const orphansItem = (orphans: readonly Orphan[]): Item => ({
  label: `${counted(orphans.length, "folder")} that no agent has`,
  detail: oneLine(orphans.map(({ name }) => name).join(", "), 160),
});

function summaryOf({ removed, orphans, stays }: CleanReport): string {
  const gone = `Removed ${counted(removed.length + orphans.length, "worktree")}; what was in them is kept.`;
  const [first] = stays;
  return first === undefined ? gone : `${gone} ${first.name} stays: ${first.why}`;
}
