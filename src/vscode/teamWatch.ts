import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { AgentRecord } from "../protocol/records.ts";
import { type CommandId, commands } from "./contributions.ts";
import { noticeText } from "./escape.ts";
import type { Session } from "./session.ts";

/** Tells the user when a team that was started in this window has ended, whichever process runs it by then. */
export interface TeamWatch extends Disposable {
  /** Follows one root agent of the session's repository; returns at once. */
  follow(root: AgentRecord): void;
}

export function createTeamWatch(session: Pick<Session, "state" | "onDidChange">, log: Logger): TeamWatch {
  const followed = new Map<string, AgentRecord>();
  let watching = new AbortController();

  const tell = async (engine: Engine, root: AgentRecord, { signal }: AbortController): Promise<void> => {
    const ended = await engine.agents.whenEnded(root.id, signal);
    if (signal.aborted) return;
    followed.delete(root.id);
    if (!ended.ok || ended.value.status === "terminated") return;
    const diff = await engine.worktrees.diff(root.id);
    await notify(ended.value, diff.ok && diff.value.files.length > 0);
  };

  const watch = (root: AgentRecord) => {
    if (session.state.kind !== "ready") return;
    const own = watching;
    tell(session.state.engine, root, own).catch((error) => {
      if (!own.signal.aborted) log.error("the end of a team could not be told", error, { agent: root.id });
    });
  };

  /** An engine that was let go of tells nothing any more: the next one is asked. */
  const listening = session.onDidChange(() => {
    watching.abort();
    watching = new AbortController();
    for (const root of followed.values()) watch(root);
  });

  return {
    follow(root) {
      followed.set(root.id, root);
      watch(root);
    },
    dispose() {
      listening.dispose();
      watching.abort();
    },
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
