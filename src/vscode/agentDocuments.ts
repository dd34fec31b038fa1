import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { type Result, refuse } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import { type AgentDetail, agentMarkdown } from "./agentMarkdown.ts";
import type { AgentsChange, AgentsModel } from "./agentsModel.ts";
import { createCoalescer } from "./coalesce.ts";
import { agentScheme } from "./contributions.ts";
import { escapeMarkdown } from "./escape.ts";
import type { Session } from "./session.ts";

export interface AgentDocuments extends Disposable {
  /** Opens the agent's document in the Markdown preview, or as text where that is not at hand. It follows changes. */
  show(row: Pick<AgentTreeRow, "id" | "name">): Promise<void>;
}

/** Milliseconds between two refreshes: an agent's whole transcript is read for each. */
const REFRESH_MS = 500;

export function registerAgentDocuments(session: Session, model: AgentsModel, log: Logger): AgentDocuments {
  const disposables = new DisposableStore();
  const changed = disposables.add(new vscode.EventEmitter<vscode.Uri>());
  /** Documents in a preview. The editor closes such a document after some minutes; then it is opened again. */
  const previewed = new Map<string, vscode.Uri>();
  const due = new Set<string>();

  const refresh = async () => {
    const ids = new Set(due);
    due.clear();
    if (!hasPreview()) previewed.clear();
    const open = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === agentScheme).map(({ uri }) => uri);
    for (const uri of open.filter((candidate) => ids.has(agentIdOf(candidate)))) changed.fire(uri);
    const opened = new Set(open.map(agentIdOf));
    for (const id of ids) await reopen(opened.has(id) ? undefined : previewed.get(id), log);
  };
  const refresher = disposables.add(createCoalescer(REFRESH_MS, refresh));

  disposables.add(
    model.onDidChange((change) => {
      for (const id of affected(change, model)) due.add(id);
      if (due.size > 0) refresher.trigger();
    }),
  );
  disposables.add(
    vscode.workspace.registerTextDocumentContentProvider(agentScheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => textOf(session, agentIdOf(uri)),
    }),
  );

  return {
    async show(row) {
      const uri = agentUri(row);
      if (await openPreview(uri)) previewed.set(row.id, uri);
      else await vscode.window.showTextDocument(uri, { preview: true });
    },
    dispose: () => disposables.dispose(),
  };
}

const agentUri = ({ id, name }: Pick<AgentTreeRow, "id" | "name">): vscode.Uri =>
  vscode.Uri.from({ scheme: agentScheme, path: `/${id}/${name.replace(/[^\w.-]/g, "-")}.md` });

const agentIdOf = (uri: vscode.Uri): string => uri.path.split("/")[1] ?? "";

/** All agents where everything changed, else those that did. */
const affected = ({ tree, touched }: AgentsChange, model: AgentsModel): readonly string[] =>
  tree.kind === "all" ? model.rows.map(({ id }) => id) : [...touched, ...(tree.kind === "some" ? tree.ids : [])];

async function openPreview(uri: vscode.Uri): Promise<boolean> {
  if (vscode.extensions.getExtension("vscode.markdown-language-features") === undefined) return false;
  await vscode.commands.executeCommand("markdown.showPreview", uri);
  return true;
}

const hasPreview = (): boolean =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith("markdown.preview"));

async function reopen(uri: vscode.Uri | undefined, log: Logger): Promise<void> {
  if (uri === undefined) return;
  try {
    await vscode.workspace.openTextDocument(uri);
  } catch (error) {
    log.error("an agent's document could not be opened again", error, { uri: uri.toString() });
  }
}

async function textOf(session: Session, id: string): Promise<string> {
  const engine = await session.engine("refuse");
  const detail = engine.ok ? await detailOf(engine.value, id) : engine;
  return detail.ok ? agentMarkdown(detail.value) : `# Banyan\n\n${escapeMarkdown(detail.refusal.message)}\n`;
}

async function detailOf(engine: Engine, id: string): Promise<Result<AgentDetail>> {
  const [tree, transcript, budgets, worktrees] = await Promise.all([
    engine.agents.tree(),
    engine.agents.transcript(id),
    engine.budgets.list(id),
    engine.worktrees.list(),
  ]);
  const row = tree.find((candidate) => candidate.id === id);
  if (row === undefined) return refuse("not_found", `There is no agent ${id} in this repository.`);
  if (!transcript.ok) return transcript;
  if (!budgets.ok) return budgets;
  const worktree = worktrees.find(({ agentId }) => agentId === id);
  const parent = tree.find((candidate) => candidate.id === row.parentId);
  return { ok: true, value: { row, parent, worktree, budgets: budgets.value, transcript: transcript.value } };
}
