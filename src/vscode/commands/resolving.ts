import { join } from "node:path";
import * as vscode from "vscode";
import { type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { AgentTreeRow, Resolution } from "../../protocol/records.ts";
import { canResolve, isConflicted } from "../agentFacts.ts";
import { type CommandId, commands } from "../contributions.ts";
import { noticeText } from "../escape.ts";
import { counted } from "../figures.ts";
import { type Command, type CommandServices, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

const none = "No agent's work can be resolved now: it has to have ended with work that is not merged yet.";

/** *Resolve in Merge Editor*: the conflicts of an agent's work with its target, for the user, in the agent's worktree. */
export const resolveInMergeEditor: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: commands["banyan.resolveInMergeEditor"].title,
    fits: canResolve,
    prefers: isConflicted,
    none,
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const resolution = await withViewProgress(() => engine.worktrees.resolve(row.id, "user"));
  if (!resolution.ok) return resolution;
  if (resolution.value.files.length === 0) void offerMerge(row, resolution.value.targetBranch);
  else await services.resolving.open(row, resolution.value);
  return resolution;
};

/** *Let the Agent Resolve*: it is told what conflicts, and goes on in its worktree. */
export const letAgentResolve: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: commands["banyan.letAgentResolve"].title,
    fits: canResolve,
    prefers: isConflicted,
    none,
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const told = await withViewProgress(() => engine.worktrees.resolve(row.id, "agent"));
  if (!told.ok) return told;
  if (row.parentId === null) services.teams.follow(row);
  void tellBegun(row, told.value);
  return told;
};

async function tellBegun(row: AgentTreeRow, { files, targetBranch }: Resolution): Promise<void> {
  if (files.length === 0) return offerMerge(row, targetBranch);
  const text = `“${row.name}” resolves ${counted(files.length, "file")} against ${targetBranch}. You are told when it has ended.`;
  void vscode.window.showInformationMessage(noticeText(text));
}

/** *Finish Resolving*: what the user resolved is committed on the agent's branch. */
export const finishResolving: Command = (services, argument) =>
  ending(services, argument, "banyan.finishResolving", async (engine, row) => {
    await saveIn(row);
    if (!(await agreesTo(await services.resolving.left(row.id)))) return undefined;
    const finished = await withViewProgress(() => engine.worktrees.finishResolution(row.id));
    if (finished.ok) void offerMerge(row, undefined);
    return finished;
  });

/** *Abandon Resolving*: the worktree is put back to before, after the user agreed. */
export const abandonResolving: Command = (services, argument) =>
  ending(services, argument, "banyan.abandonResolving", async (engine, row) => {
    const abandon = "Abandon";
    const answer = await vscode.window.showWarningMessage(
      noticeText(`Put the worktree of “${row.name}” back to before its conflicts?`),
      { modal: true, detail: "What you resolved so far is kept in a snapshot." },
      abandon,
    );
    if (answer !== abandon) return undefined;
    return withViewProgress(() => engine.worktrees.abandonResolution(row.id));
  });

/** What the merge editor shows before anything is accepted holds neither side, and no markers either. */
async function agreesTo(left: readonly string[]): Promise<boolean> {
  if (left.length === 0) return true;
  const finish = "Finish";
  const text = `${counted(left.length, "file")} ${left.length === 1 ? "is" : "are"} not marked as complete. Finish as they are?`;
  const detail = `“Complete Merge” in the merge editor marks a file.\n\n${left.slice(0, MOST_NAMED).join("\n")}`;
  return (await vscode.window.showWarningMessage(text, { modal: true, detail }, finish)) === finish;
}

const MOST_NAMED = 10;

/** What the merge editor holds and the disk does not yet. Other files of the user's are left alone. */
async function saveIn({ worktree }: AgentTreeRow): Promise<void> {
  const folder = worktree === null ? undefined : join(worktree.path, "/");
  const isIn = ({ isDirty, uri }: vscode.TextDocument) =>
    isDirty && folder !== undefined && uri.fsPath.startsWith(folder);
  for (const document of vscode.workspace.textDocuments.filter(isIn)) await document.save();
}

async function ending(
  services: CommandServices,
  argument: unknown,
  command: CommandId,
  body: (engine: Engine, row: AgentTreeRow) => Promise<Result<unknown> | undefined>,
): Promise<Result<unknown> | undefined> {
  const agentId = typeof argument === "string" ? argument : services.resolving.agentOf(argument);
  const picked = await pickAgent(services, agentId, {
    title: commands[command].title,
    fits: isConflicted,
    none: "No conflicts are being resolved.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  return isConflicted(row) ? body(engine, row) : refuse("illegal_move", `“${row.name}” has no conflicts to resolve.`);
}

/** A lead's work is the user's to merge; any other's is merged by who hired it. */
async function offerMerge(row: AgentTreeRow, targetBranch: string | undefined): Promise<void> {
  const into = targetBranch === undefined ? "" : ` into ${targetBranch}`;
  const text = noticeText(`The work of “${row.name}” merges cleanly${into} now.`);
  const merge = commands["banyan.mergeAgent"].title;
  const offers = row.parentId === null ? [merge] : [];
  if ((await vscode.window.showInformationMessage(text, ...offers)) === merge)
    await vscode.commands.executeCommand("banyan.mergeAgent" satisfies CommandId, row.id);
}
