import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { AgentRecord } from "../protocol/records.ts";
import { type CommandId, commands } from "./contributions.ts";
import { noticeText } from "./escape.ts";

/** Tells the user when a team that was started in this window has ended. */
export interface TeamWatch extends Disposable {
  /** Follows one root agent; returns at once. */
  follow(engine: Engine, root: AgentRecord): void;
}

export function createTeamWatch(log: Logger): TeamWatch {
  const stop = new AbortController();
  const tell = async (engine: Engine, root: AgentRecord): Promise<void> => {
    const ended = await engine.agents.whenEnded(root.id, stop.signal);
    if (!ended.ok || stop.signal.aborted || ended.value.status === "terminated") return;
    const diff = await engine.worktrees.diff(root.id);
    await notify(ended.value, diff.ok && diff.value.files.length > 0);
  };
  return {
    follow(engine, root) {
      tell(engine, root).catch((error) => {
        if (!stop.signal.aborted) log.error("the end of a team could not be told", error, { agent: root.id });
      });
    },
    dispose: () => stop.abort(),
  };
}

/** Says how the team ended; the buttons run commands on its lead. A team that the user stopped needs no notice. */
async function notify(lead: AgentRecord, hasChanges: boolean): Promise<void> {
  const offered: readonly CommandId[] = hasChanges ? ["banyan.openDiff", "banyan.mergeAgent"] : ["banyan.showAgent"];
  const shorter: Partial<Record<CommandId, string>> = { "banyan.mergeAgent": "Merge" };
  const items = offered.map((command) => ({ command, title: shorter[command] ?? commands[command].title }));
  const chosen =
    lead.status === "failed"
      ? await vscode.window.showWarningMessage(
          noticeText(`“${lead.name}” failed: ${lead.reason ?? "no reason given"}`),
          ...items,
        )
      : await vscode.window.showInformationMessage(noticeText(`“${lead.name}” has ended: ${lead.status}.`), ...items);
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, lead.id);
}
