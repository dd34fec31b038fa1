import { join } from "node:path";
import * as vscode from "vscode";
import { systemClock } from "./base/clock.ts";
import { systemIds } from "./base/ids.ts";
import { engineSettingsOf, teamDefaultsOf } from "./engine/settings.ts";
import { registerAgentDocuments } from "./vscode/agentDocuments.ts";
import { createAgentsModel } from "./vscode/agentsModel.ts";
import { registerAgentsView } from "./vscode/agentsView.ts";
import { type BanyanApi, createApi } from "./vscode/api.ts";
import { registerCommands } from "./vscode/commands/list.ts";
import { registerReviewComments } from "./vscode/comments/controller.ts";
import { logName } from "./vscode/contributions.ts";
import { createEngineLoader } from "./vscode/engineLoader.ts";
import { registerGitDocuments } from "./vscode/gitDocuments.ts";
import { createLeaderNote } from "./vscode/leaderNote.ts";
import { createChannelLogger } from "./vscode/log.ts";
import { createResolving } from "./vscode/merging/resolving.ts";
import { createDeadNotices } from "./vscode/messages/deadNotices.ts";
import { registerMessagesView } from "./vscode/messages/view.ts";
import { createOutputs } from "./vscode/outputs.ts";
import { locateRepository } from "./vscode/repository.ts";
import { registerReviewViews } from "./vscode/review/view.ts";
import { createSession, type Session } from "./vscode/session.ts";
import { settingValues } from "./vscode/settings.ts";
import { createTeamWatch } from "./vscode/teamWatch.ts";
import { isTrusted, localFolders, noticeStorage, readSetting, watchWindow } from "./vscode/window.ts";

/** Registers everything and returns; the repository is opened after that, and only where agents have worked. */
export function activate(context: vscode.ExtensionContext): BanyanApi {
  const own = <T extends vscode.Disposable>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  const channel = own(vscode.window.createOutputChannel(logName, { log: true }));
  const log = createChannelLogger(channel);
  const loadEngine = createEngineLoader(join(context.extensionPath, "dist"));

  const session = own(
    createSession({
      folders: localFolders,
      isTrusted,
      locate: locateRepository,
      open: (folder, signal) =>
        loadEngine(
          { folder, settings: engineSettingsOf(settingValues(readSetting), folder), signal },
          { log, clock: systemClock, ids: systemIds },
        ),
      log,
    }),
  );
  const model = own(createAgentsModel(session, log));
  const documents = own(registerAgentDocuments(session, model, log));
  const teams = own(createTeamWatch({ session, model, storage: noticeStorage(context), clock: systemClock, log }));
  own(registerGitDocuments(session));
  const leader = own(createLeaderNote(session, log));
  own(registerAgentsView(model, leader));
  const messages = own(registerMessagesView({ session, model, leader, home: context.extensionUri, log }));
  const reviews = own(registerReviewViews({ session, model, leader, home: context.extensionUri, log }));
  own(createDeadNotices({ session, model, teams, log }));
  own(
    registerCommands({
      session,
      documents,
      messages,
      reviews,
      comments: own(registerReviewComments(session, log)),
      resolving: own(createResolving(session, log)),
      outputs: own(createOutputs()),
      teams,
      log,
      showLog: () => channel.show(),
      spawnDefaults: () => teamDefaultsOf(settingValues(readSetting)),
    }),
  );
  own(watchWindow(() => session.refresh()));

  running = session;
  void session.refresh();
  return createApi(session);
}

/** Stops the engine: the editor waits for this. */
export async function deactivate(): Promise<void> {
  await running?.close();
}

/** The editor calls `deactivate` with nothing, so what `activate` made is kept here. */
let running: Session | undefined;
