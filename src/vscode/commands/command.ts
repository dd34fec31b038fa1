import * as vscode from "vscode";
import { messageOf, type Result } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { TeamDefaults } from "../../engine/settings.ts";
import type { AgentDocuments } from "../agentDocuments.ts";
import type { ReviewComments } from "../comments/controller.ts";
import { agentsViewId, type CommandId, commands } from "../contributions.ts";
import { noticeText } from "../escape.ts";
import type { Resolving } from "../merging/resolving.ts";
import type { MessagesView } from "../messages/view.ts";
import type { Outputs } from "../outputs.ts";
import type { ReviewViews } from "../review/view.ts";
import type { Session } from "../session.ts";
import type { TeamWatch } from "../teamWatch.ts";

/** What commands work with. */
export interface CommandServices {
  readonly session: Session;
  readonly documents: AgentDocuments;
  readonly messages: MessagesView;
  readonly reviews: ReviewViews;
  readonly comments: ReviewComments;
  readonly resolving: Resolving;
  readonly outputs: Outputs;
  readonly teams: TeamWatch;
  readonly log: Logger;
  showLog(): void;
  /** The settings as they are now. */
  spawnDefaults(): TeamDefaults;
}

/**
 * One command of the palette and the menus. The argument is whatever the caller gave: an agent's id from the tree,
 * nothing from the palette. A refusal is shown by whoever runs it; leaving a dialog is `undefined` and changes nothing.
 */
export type Command = (services: CommandServices, argument: unknown) => Promise<Result<unknown> | undefined>;

/** Runs a command; a refusal and a fault become one error message of one line. Never rejects. */
export async function runCommand(
  id: CommandId,
  command: Command,
  services: CommandServices,
  argument: unknown,
): Promise<Result<unknown> | undefined> {
  try {
    const result = await command(services, argument);
    if (result?.ok === false) void vscode.window.showErrorMessage(noticeText(result.refusal.message));
    return result;
  } catch (error) {
    services.log.error("a command failed", error, { command: id });
    void showFault(`${commands[id].title} failed: ${messageOf(error)}`, services);
    return undefined;
  }
}

async function showFault(message: string, services: CommandServices): Promise<void> {
  const showLog = commands["banyan.showLog"].title;
  if ((await vscode.window.showErrorMessage(noticeText(message), showLog)) === showLog) services.showLog();
}

/** Shows that something is under way in the *Agents* view. */
export async function withViewProgress<T>(task: () => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ location: { viewId: agentsViewId } }, task);
}
