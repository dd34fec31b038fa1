import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { clashWords } from "../protocol/collisions.ts";
import { canResume, factsOf, isOpen } from "./agentFacts.ts";
import { presentAgent } from "./agentRow.ts";
import type { AgentsModel } from "./agentsModel.ts";
import { clashUri, registerClashBadges } from "./clashBadges.ts";
import {
  agentsViewId,
  type CommandId,
  commands,
  contextValueOf,
  openKey,
  pausedKey,
  stateKey,
} from "./contributions.ts";
import { noticeText } from "./escape.ts";
import type { LeaderNote } from "./leaderNote.ts";
import { markdownWithCommand, plainMarkdown } from "./markdown.ts";
import { itemId } from "./treeDiff.ts";

/** An agent's id, or one of the buttons that stand under a broken view's message. */
type Element = string;

/** A view that has a message shows no welcome with buttons, so these are rows. */
const wayOut: readonly CommandId[] = ["banyan.retry", "banyan.showLog"];

/** Shows the *Agents* tree and keeps it, its message and its context key up to date. */
export function registerAgentsView(model: AgentsModel, leader: LeaderNote): Disposable {
  const disposables = new DisposableStore();
  const redraw = disposables.add(new vscode.EventEmitter<Element[] | undefined>());
  const view = disposables.add(
    vscode.window.createTreeView<Element>(agentsViewId, {
      treeDataProvider: {
        onDidChangeTreeData: redraw.event,
        getTreeItem: (element) => itemOf(model, element),
        getChildren: (element) => childrenOf(model, element),
        getParent: (element) => model.row(element)?.parentId ?? undefined,
      },
      showCollapseAll: true,
    }),
  );

  disposables.add(registerClashBadges(model));
  const keys = createContextKeys();
  const showState = () => {
    const message = noticeText(messageOf(model, leader));
    if (view.message !== message) view.message = message;
    keys.set(stateKey, model.state);
    keys.set(openKey, model.rows.some(isOpen));
    keys.set(pausedKey, model.rows.some(canResume));
  };
  disposables.add(
    model.onDidChange(({ tree }) => {
      showState();
      if (tree.kind === "all") redraw.fire(undefined);
      if (tree.kind === "some") redraw.fire([...tree.ids]);
    }),
  );
  disposables.add(leader.onDidChange(showState));
  showState();
  return disposables;
}

/** Sets what menus and the palette go by, where it is not so already. */
function createContextKeys() {
  const shown = new Map<string, string | boolean>();
  return {
    set(key: string, value: string | boolean): void {
      if (shown.get(key) === value) return;
      shown.set(key, value);
      void vscode.commands.executeCommand("setContext", key, value);
    },
  };
}

/**
 * Who leads stands here and not beside the title, which the editor leaves out where a container has a single view. Over
 * the welcome that offers to spawn there is none: it would take the welcome's place.
 */
function messageOf(model: AgentsModel, leader: LeaderNote): string {
  if (model.state === "broken") return model.problem ?? "";
  return model.state === "agents" || model.state === "loading" ? (leader.text ?? "") : "";
}

function childrenOf(model: AgentsModel, element: Element | undefined): Element[] {
  if (element === undefined && model.state === "broken" && model.rows.length === 0) return [...wayOut];
  return model.children(element ?? null).map(({ id }) => id);
}

function itemOf(model: AgentsModel, element: Element): vscode.TreeItem {
  const command = wayOut.find((id) => id === element);
  return command === undefined ? agentItem(model, element) : buttonItem(command);
}

function buttonItem(command: CommandId): vscode.TreeItem {
  const item = new vscode.TreeItem(commands[command].title);
  item.iconPath = new vscode.ThemeIcon(commands[command].icon);
  item.command = { command, title: commands[command].title };
  item.accessibilityInformation = { label: commands[command].title, role: "button" };
  return item;
}

function agentItem(model: AgentsModel, id: string): vscode.TreeItem {
  const row = model.row(id);
  if (row === undefined) return new vscode.TreeItem("");
  const clash = clashWords(model.clashes(id), (other) => model.row(other)?.name ?? other);
  const shown = presentAgent(row, clash);
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const hasChildren = model.children(id).length > 0;
  const item = new vscode.TreeItem(shown.label, hasChildren ? Expanded : None);
  item.id = itemId(id, hasChildren);
  if (clash !== "") item.resourceUri = clashUri(id);
  item.description = shown.description;
  item.iconPath = new vscode.ThemeIcon(shown.icon.id, new vscode.ThemeColor(shown.icon.color));
  item.tooltip =
    clash === "" ? plainMarkdown(shown.tooltip) : markdownWithCommand(shown.tooltip, "banyan.reviewAgent", id);
  item.contextValue = contextValueOf(factsOf(row, row.parentId === null ? undefined : model.row(row.parentId)));
  item.accessibilityInformation = { label: shown.spoken, role: "treeitem" };
  item.command = {
    command: "banyan.showAgent" satisfies CommandId,
    title: commands["banyan.showAgent"].title,
    arguments: [id],
  };
  return item;
}
