import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/log.ts";
import type { MessagesTarget, ViewAction } from "../../protocol/messagesView.ts";
import type { AgentsModel } from "../agentsModel.ts";
import { type CommandId, messagesViewType } from "../contributions.ts";
import type { LeaderNote } from "../leaderNote.ts";
import type { Session } from "../session.ts";
import { viewPage } from "../webviews/html.ts";
import { askAndOpen } from "../webviews/links.ts";
import { panelChannel } from "../webviews/panelChannel.ts";
import { openWholeMessage, registerMessageDocuments } from "./documents.ts";
import type { MessagesEditor } from "./editor.ts";
import type { MessagesHost } from "./host.ts";
import { loadMessagesHost } from "./loadHost.ts";

/** The *Messages* panel: one in a window. */
export interface MessagesView extends Disposable {
  /** Opens the panel, or brings it to the front, and leads it there. */
  open(target?: MessagesTarget): void;
}

export interface MessagesViewDeps {
  readonly session: Session;
  readonly model: AgentsModel;
  readonly leader: LeaderNote;
  /** The folder of the extension. */
  readonly home: vscode.Uri;
  readonly log: Logger;
}

export function registerMessagesView(deps: MessagesViewDeps): MessagesView {
  const disposables = new DisposableStore();
  const dist = vscode.Uri.joinPath(deps.home, "dist");
  const assets = vscode.Uri.joinPath(dist, "webview");
  const editor = editorOf(deps);
  let current: { readonly panel: vscode.WebviewPanel; readonly host: MessagesHost } | undefined;

  const adopt = (panel: vscode.WebviewPanel) => {
    panel.webview.options = { enableScripts: true, localResourceRoots: [assets] };
    panel.iconPath = new vscode.ThemeIcon("comment-discussion");
    const connect = loadMessagesHost(dist.fsPath);
    const host = connect(panelChannel(panel, "messages", deps.log), { ...deps, editor });
    const opened = { panel, host };
    current = opened;
    panel.onDidDispose(() => {
      host.dispose();
      if (current === opened) current = undefined;
    });
    panel.webview.html = pageOf(panel.webview, assets);
    return opened;
  };

  disposables.add(registerMessageDocuments(deps.session));
  disposables.add(
    vscode.window.registerWebviewPanelSerializer(messagesViewType, {
      async deserializeWebviewPanel(panel) {
        if (current === undefined) adopt(panel);
        else panel.dispose();
      },
    }),
  );
  disposables.add({ dispose: () => current?.panel.dispose() });

  return {
    open(target) {
      const opened = current ?? adopt(createPanel());
      if (target !== undefined) opened.host.show(target);
      opened.panel.reveal();
    },
    dispose: () => disposables.dispose(),
  };
}

const createPanel = (): vscode.WebviewPanel =>
  vscode.window.createWebviewPanel(messagesViewType, "Messages", vscode.ViewColumn.Active, { enableFindWidget: true });

function pageOf(webview: vscode.Webview, assets: vscode.Uri): string {
  const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(assets, name)).toString();
  return viewPage({
    title: "Messages",
    script: address("messages.js"),
    styles: [address("codicon.css"), address("messages.css")],
    source: webview.cspSource,
    nonce: randomBytes(24).toString("base64url"),
  });
}

const actionCommands = {
  retry: "banyan.retry",
  showLog: "banyan.showLog",
  runDemo: "banyan.runDemo",
  openFolder: "vscode.openFolder",
  trust: "workbench.trust.manage",
} as const satisfies Record<ViewAction, CommandId | "vscode.openFolder" | "workbench.trust.manage">;

const editorOf = ({ session }: MessagesViewDeps): MessagesEditor => ({
  openLink: askAndOpen,
  openAgent: async (id) => void (await vscode.commands.executeCommand("banyan.showAgent" satisfies CommandId, id)),
  openWhole: (id) => openWholeMessage(session, id),
  act: async (action) => void (await vscode.commands.executeCommand(actionCommands[action])),
});
