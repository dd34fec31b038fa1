import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { CommandId } from "../contributions.ts";
import { cleanUpWorktrees } from "./cleanUpWorktrees.ts";
import { type Command, type CommandServices, runCommand } from "./command.ts";
import { giveMoreWork } from "./giveMoreWork.ts";
import { mergeAgent } from "./mergeAgent.ts";
import { openDiff } from "./openDiff.ts";
import { openMessages } from "./openMessages.ts";
import { pauseAgent } from "./pauseAgent.ts";
import { openPullRequest, pushBranch } from "./pushBranch.ts";
import { raiseBudget } from "./raiseBudget.ts";
import { abandonResolving, finishResolving, letAgentResolve, resolveInMergeEditor } from "./resolving.ts";
import { restoreWorktree } from "./restoreWorktree.ts";
import { resumeAgent } from "./resumeAgent.ts";
import { retry } from "./retry.ts";
import { reviewAgent } from "./reviewAgent.ts";
import {
  addComment,
  cancelComment,
  deleteComment,
  editComment,
  reopenThread,
  requestChanges,
  resolveThread,
  saveComment,
} from "./reviewing.ts";
import { runDemo } from "./runDemo.ts";
import { sendAgain } from "./sendAgain.ts";
import { sendMessage } from "./sendMessage.ts";
import { showAgent } from "./showAgent.ts";
import { showLog } from "./showLog.ts";
import { spawnAgent, spawnWithOptions } from "./spawnAgent.ts";
import { stopAgent } from "./stopAgent.ts";
import { stopEverything } from "./stopEverything.ts";
import { tryAgain } from "./tryAgain.ts";
import { undoMerge } from "./undoMerge.ts";

/** Every command, once. */
export const commandList: readonly (readonly [CommandId, Command])[] = [
  ["banyan.spawnAgent", spawnAgent],
  ["banyan.spawnWithOptions", spawnWithOptions],
  ["banyan.pauseAgent", pauseAgent],
  ["banyan.resumeAgent", resumeAgent],
  ["banyan.stopAgent", stopAgent],
  ["banyan.stopEverything", stopEverything],
  ["banyan.raiseBudget", raiseBudget],
  ["banyan.giveMoreWork", giveMoreWork],
  ["banyan.tryAgain", tryAgain],
  ["banyan.showAgent", showAgent],
  ["banyan.openMessages", openMessages],
  ["banyan.sendMessage", sendMessage],
  ["banyan.sendAgain", sendAgain],
  ["banyan.reviewAgent", reviewAgent],
  ["banyan.openDiff", openDiff],
  ["banyan.mergeAgent", mergeAgent],
  ["banyan.cleanUpWorktrees", cleanUpWorktrees],
  ["banyan.restoreWorktree", restoreWorktree],
  ["banyan.undoMerge", undoMerge],
  ["banyan.requestChanges", requestChanges],
  ["banyan.letAgentResolve", letAgentResolve],
  ["banyan.resolveInMergeEditor", resolveInMergeEditor],
  ["banyan.finishResolving", finishResolving],
  ["banyan.abandonResolving", abandonResolving],
  ["banyan.pushBranch", pushBranch],
  ["banyan.openPullRequest", openPullRequest],
  ["banyan.addComment", addComment],
  ["banyan.editComment", editComment],
  ["banyan.saveComment", saveComment],
  ["banyan.cancelComment", cancelComment],
  ["banyan.deleteComment", deleteComment],
  ["banyan.resolveThread", resolveThread],
  ["banyan.reopenThread", reopenThread],
  ["banyan.runDemo", runDemo],
  ["banyan.retry", retry],
  ["banyan.showLog", showLog],
];

export function registerCommands(services: CommandServices): Disposable {
  const disposables = new DisposableStore();
  for (const [id, command] of commandList) {
    disposables.add(
      vscode.commands.registerCommand(id, (argument: unknown) => runCommand(id, command, services, argument)),
    );
  }
  return disposables;
}
