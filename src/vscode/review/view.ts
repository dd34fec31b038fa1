import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Result } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { ReviewAction } from "../../protocol/reviewView.ts";
import type { AgentsModel } from "../agentsModel.ts";
import { type CommandId, reviewViewType } from "../contributions.ts";
import { oneLine } from "../escape.ts";
import type { LeaderNote } from "../leaderNote.ts";
import type { Session } from "../session.ts";
import { viewPage } from "../webviews/html.ts";
import { askAndOpen } from "../webviews/links.ts";
import { panelChannel } from "../webviews/panelChannel.ts";
import type { ReviewEditor } from "./editor.ts";
import type { ReviewHost } from "./host.ts";
import { loadReviewHost } from "./loadHost.ts";

/** The *Review* panels: one for each agent whose work is looked at. */
export interface ReviewViews extends Disposable {
  /** Opens the agent's panel, or brings it to the front. */
  open(agent: { readonly id: string; readonly name: string }): void;
}

export interface ReviewViewsDeps {
  readonly session: Session;
  readonly model: AgentsModel;
  readonly leader: LeaderNote;
  /** The folder of the extension. */
  readonly home: vscode.Uri;
  readonly log: Logger;
}

interface Opened {
  readonly panel: vscode.WebviewPanel;
  readonly host: ReviewHost;
}

export function registerReviewViews(deps: ReviewViewsDeps): ReviewViews {
  const disposables = new DisposableStore();
  const dist = vscode.Uri.joinPath(deps.home, "dist");
  const assets = vscode.Uri.joinPath(dist, "webview");
  const panels = new Map<string, Opened>();

  const adopt = (panel: vscode.WebviewPanel, agentId: string): Opened => {
    panel.webview.options = { enableScripts: true, localResourceRoots: [assets] };
    panel.iconPath = new vscode.ThemeIcon("checklist");
    const connect = loadReviewHost(dist.fsPath);
    const host = connect(panelChannel(panel, "review", deps.log), { ...deps, agentId, editor });
    const opened = { panel, host };
    panels.set(agentId, opened);
    panel.onDidDispose(() => {
      host.dispose();
      panels.delete(agentId);
    });
    panel.onDidChangeViewState(() => (panel.visible ? host.refresh() : undefined));
    panel.webview.html = pageOf(panel.webview, assets);
    return opened;
  };

  disposables.add(
    vscode.window.registerWebviewPanelSerializer(reviewViewType, {
      async deserializeWebviewPanel(panel, state: unknown) {
        const agentId = agentOf(state);
        if (agentId === undefined || panels.has(agentId)) panel.dispose();
        else adopt(panel, agentId);
      },
    }),
  );
  disposables.add(
    // What the user did outside, to a branch for instance, no event tells.
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) for (const { host } of panels.values()) host.refresh();
    }),
  );
  disposables.add({
    dispose() {
      for (const { panel } of [...panels.values()]) panel.dispose();
    },
  });

  return {
    open({ id, name }) {
      const opened = panels.get(id) ?? adopt(createPanel(name), id);
      opened.panel.reveal();
    },
    dispose: () => disposables.dispose(),
  };
}

const createPanel = (name: string): vscode.WebviewPanel =>
  vscode.window.createWebviewPanel(reviewViewType, `Review: ${oneLine(name, 60)}`, vscode.ViewColumn.Active, {
    enableFindWidget: true,
  });

/** Of what a page kept over a reload, by any version: whose work it showed. */
function agentOf(state: unknown): string | undefined {
  const fields: { agentId?: unknown } = typeof state === "object" && state !== null ? state : {};
  return typeof fields.agentId === "string" ? fields.agentId : undefined;
}

function pageOf(webview: vscode.Webview, assets: vscode.Uri): string {
  const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(assets, name)).toString();
  return viewPage({
    title: "Review",
    script: address("review.js"),
    styles: [address("codicon.css"), address("review.css")],
    source: webview.cspSource,
    nonce: randomBytes(24).toString("base64url"),
  });
}

const actionCommands = {
  retry: "banyan.retry",
  showLog: "banyan.showLog",
  openFolder: "vscode.openFolder",
  trust: "workbench.trust.manage",
} as const satisfies Record<ReviewAction, CommandId | "vscode.openFolder" | "workbench.trust.manage">;

const run = (command: CommandId, id: string): Thenable<unknown> => vscode.commands.executeCommand(command, id);

const editor: ReviewEditor = {
  openLink: askAndOpen,
  openAgent: async (id) => void (await run("banyan.showAgent", id)),
  openReview: async (id) => void (await run("banyan.reviewAgent", id)),
  openDiff: async (id) => void (await run("banyan.openDiff", id)),
  resolve: (id) => Promise.resolve(vscode.commands.executeCommand<Result<unknown> | undefined>(resolveCommand, id)),
  act: async (action) => void (await vscode.commands.executeCommand(actionCommands[action])),
};

const resolveCommand = "banyan.resolveInMergeEditor";
