import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { CommandId } from "../contributions.ts";
import { type Command, type CommandServices, runCommand } from "./command.ts";
import { mergeAgent } from "./mergeAgent.ts";
import { openDiff } from "./openDiff.ts";
import { retry } from "./retry.ts";
import { runDemo } from "./runDemo.ts";
import { showAgent } from "./showAgent.ts";
import { showLog } from "./showLog.ts";
import { spawnAgent } from "./spawnAgent.ts";
import { stopAgent } from "./stopAgent.ts";

/** Every command, once. */
export const commandList: readonly (readonly [CommandId, Command])[] = [
  ["banyan.spawnAgent", spawnAgent],
  ["banyan.stopAgent", stopAgent],
  ["banyan.showAgent", showAgent],
  ["banyan.openDiff", openDiff],
  ["banyan.mergeAgent", mergeAgent],
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
