import * as vscode from "vscode";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { presentAgent } from "../agentRow.ts";
import { oneLine } from "../escape.ts";
import type { CommandServices } from "./command.ts";

export interface PickedAgent {
  readonly engine: Engine;
  readonly row: AgentTreeRow;
  /** Undefined for a root. */
  readonly parent: AgentTreeRow | undefined;
  /** The whole tree that the agent was picked from. */
  readonly rows: readonly AgentTreeRow[];
}

export interface AgentQuestion {
  readonly title: string;
  /** Which agents the command is for. */
  fits(row: AgentTreeRow, parent: AgentTreeRow | undefined): boolean;
  /** Those that are offered first. */
  prefers?(row: AgentTreeRow): boolean;
  /** What to say where there is none. */
  readonly none: string;
}

/** The agent whose id the argument is, else the one that the user picks; undefined when the user picks none. */
export async function pickAgent(
  { session }: CommandServices,
  argument: unknown,
  question: AgentQuestion,
): Promise<Result<PickedAgent> | undefined> {
  const engine = await session.engine("refuse");
  if (!engine.ok) return engine;
  const rows = await engine.value.agents.tree();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const parentOf = ({ parentId }: AgentTreeRow) => (parentId === null ? undefined : byId.get(parentId));
  const picked = (row: AgentTreeRow) => ok({ engine: engine.value, row, parent: parentOf(row), rows });
  if (typeof argument === "string") {
    const named = rows.find(({ id }) => id === argument);
    return named ? picked(named) : refuse("not_found", `There is no agent ${argument} in this repository.`);
  }
  const fitting = rows.filter((row) => question.fits(row, parentOf(row)));
  if (fitting.length === 0) return refuse("not_found", question.none);
  const isPreferred = (row: AgentTreeRow) => question.prefers?.(row) === true;
  const items = [...fitting.filter(isPreferred), ...fitting.filter((row) => !isPreferred(row))].map(itemOf);
  const item = await vscode.window.showQuickPick(items, {
    title: question.title,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return item && picked(item.row);
}

interface AgentItem extends vscode.QuickPickItem {
  readonly row: AgentTreeRow;
}

function itemOf(row: AgentTreeRow): AgentItem {
  const { label, description, icon } = presentAgent(row);
  return { row, label, description, detail: oneLine(row.task, 160), iconPath: new vscode.ThemeIcon(icon.id) };
}
