import * as vscode from "vscode";
import { refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { canMerge } from "../agentFacts.ts";
import { openWorkDiff } from "../diffEditor.ts";
import { noticeText } from "../escape.ts";
import { counted } from "../figures.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Merge Agent's Work*: merges a lead's work into the user's branch, after the user agreed. */
export const mergeAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Merge Agent's Work",
    fits: canMerge,
    none: "Nothing to merge: no lead has ended with work that is not merged yet.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const diff = await engine.worktrees.diff(row.id);
  if (!diff.ok) return diff;
  if (diff.value.files.length === 0) return refuse("nothing_to_merge", `“${row.name}” has changed no files.`);
  const target = await targetOf(engine, row);
  if (!(await confirmed(row.name, diff.value.files.length, target))) return undefined;
  const merged = await withViewProgress(() => engine.worktrees.merge(row.id));
  if (!merged.ok) return merged;
  const { files, mergeCommit } = merged.value;
  const text = `Merged ${counted(files.length, "file")} of “${row.name}” into ${target} as ${mergeCommit.slice(0, 10)}.`;
  void report(text, () => openWorkDiff(engine.repository.root, row.name, diff.value));
  return merged;
};

async function targetOf(engine: Engine, row: AgentTreeRow): Promise<string> {
  const worktrees = await engine.worktrees.list();
  return worktrees.find(({ agentId }) => agentId === row.id)?.targetBranch ?? "your branch";
}

async function confirmed(name: string, files: number, target: string): Promise<boolean> {
  const merge = "Merge";
  const answer = await vscode.window.showWarningMessage(
    noticeText(`Merge ${counted(files, "changed file")} of “${name}” into ${target}?`),
    { modal: true, detail: "It is merged whole or, where something is in the way, not at all." },
    merge,
  );
  return answer === merge;
}

async function report(text: string, showDiff: () => Promise<void>): Promise<void> {
  const show = "Show Diff";
  if ((await vscode.window.showInformationMessage(noticeText(text), show)) === show) await showDiff();
}
