import * as vscode from "vscode";
import type { Result } from "../../base/errors.ts";
import { formatUsd } from "../../protocol/money.ts";
import { parseBudget } from "../figures.ts";
import { scriptModel } from "../scriptModel.ts";
import { spawnObstacle } from "../session.ts";
import { ask, parseTask } from "./ask.ts";
import type { Command, CommandServices } from "./command.ts";
import { askChanges, askEverything, type StartingPoint } from "./startingPoint.ts";
import { startTeam } from "./startTeam.ts";

const titleOf = (step: number): string => `Spawn Agent (${step} of 3)`;

/**
 * *Spawn Agent*: asks for task, model and budget, and where something is not committed whether the team starts from that.
 * Leaving any step starts nothing.
 */
export const spawnAgent: Command = (services) => spawn(services, askChanges);

/** *Spawn Agent with Options…*: the same, and where it starts and what its work is merged into. */
export const spawnWithOptions: Command = (services) => spawn(services, askEverything);

async function spawn(
  services: CommandServices,
  askStart: (folder: string | undefined) => Promise<StartingPoint | undefined>,
): Promise<Result<unknown> | undefined> {
  const obstacle = await spawnObstacle(services.session);
  if (obstacle !== undefined) return { ok: false, refusal: obstacle };
  const defaults = services.spawnDefaults();
  const task = await ask({
    title: titleOf(1),
    prompt: "What should the agent do?",
    placeHolder: "Find the parser's slow paths and make them faster",
    parse: parseTask,
  });
  if (task === undefined) return undefined;
  const { state } = services.session;
  const folder = "repository" in state ? state.repository.folder : undefined;
  const model = await askModel(defaults.model, folder);
  if (model === undefined) return undefined;
  const budgetUsd = await ask({
    title: titleOf(3),
    prompt: "US dollars that the agent and all below it may spend. What is left comes back.",
    value: formatUsd(defaults.budgetUsd).slice(1),
    parse: parseBudget,
  });
  if (budgetUsd === undefined) return undefined;
  const start = await askStart(folder);
  if (start === undefined) return undefined;
  return startTeam(services, { task, model, budgetUsd, budgetTokens: defaults.budgetTokens, ...start });
}

interface ModelItem extends vscode.QuickPickItem {
  /** Undefined: a file is asked for. */
  readonly model: string | undefined;
}

async function askModel(preferred: string, folder: string | undefined): Promise<string | undefined> {
  const offline: ModelItem = {
    model: "offline/survey",
    label: "offline/survey",
    description: "No network, no key",
    detail: "Surveys the repository by rules, with the same tools as every agent",
  };
  const script: ModelItem = {
    model: undefined,
    label: "Script File…",
    description: "script/FILE",
    detail: "Plays a YAML or JSON file turn by turn",
  };
  const own: ModelItem = { model: preferred, label: preferred, description: "From your settings" };
  const items = preferred === offline.model ? [offline, script] : [own, offline, script];
  const picked = await vscode.window.showQuickPick(items, {
    title: titleOf(2),
    placeHolder: "Which model does it run on?",
    ignoreFocusOut: true,
  });
  return picked === undefined || picked.model !== undefined ? picked?.model : askScript(folder);
}

async function askScript(folder: string | undefined): Promise<string | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: "Script File",
    openLabel: "Use Script",
    filters: { Scripts: ["yaml", "yml", "json"] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  const file = files?.[0];
  return file && scriptModel(file.fsPath, folder);
}
