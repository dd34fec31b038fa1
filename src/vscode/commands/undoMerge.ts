import * as vscode from "vscode";
import { refuse } from "../../base/errors.ts";
import { canUndo } from "../agentFacts.ts";
import { noticeText } from "../escape.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Undo Merge*: takes the last merge of a lead's work back, after the user agreed, as long as nothing came on top. */
export const undoMerge: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Undo Merge",
    fits: canUndo,
    none: "No lead's work is merged.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const merges = await engine.worktrees.merges(row.id);
  if (!merges.ok) return merges;
  const last = merges.value.findLast(({ state }) => state === "made");
  if (last === undefined) return refuse("nothing_to_merge", `“${row.name}” is not merged.`);
  const { targetBranch, targetBefore } = last;
  const undo = "Undo Merge";
  const answer = await vscode.window.showWarningMessage(
    noticeText(`Undo the merge of “${row.name}” into ${targetBranch}?`),
    {
      modal: true,
      detail: `${targetBranch} goes back to ${targetBefore.slice(0, 10)}. The work stays on its own branch.`,
    },
    undo,
  );
  if (answer !== undo) return undefined;
  const undone = await withViewProgress(() => engine.worktrees.undoMerge(row.id));
  if (undone.ok) {
    const text = `${targetBranch} is at ${targetBefore.slice(0, 10)} again, without the work of “${row.name}”.`;
    void vscode.window.showInformationMessage(noticeText(text));
  }
  return undone;
};
