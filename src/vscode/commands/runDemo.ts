import * as vscode from "vscode";
import { agentsViewId } from "../contributions.ts";
import { spawnObstacle } from "../session.ts";
import type { Command } from "./command.ts";
import { startTeam } from "./startTeam.ts";

const DEMO_MODEL = "offline/survey";
const DEMO_TASK =
  "Survey this repository with a team: find out what is in it, how it is built and how it is tested, and write what you found into a report.";

/** *Run the Demo*: a team on the offline model, in the open repository. */
export const runDemo: Command = async (services) => {
  const obstacle = await spawnObstacle(services.session);
  if (obstacle !== undefined) return { ok: false, refusal: obstacle };
  const { budgetUsd, budgetTokens } = services.spawnDefaults();
  const spawned = await startTeam(services, { task: DEMO_TASK, model: DEMO_MODEL, budgetUsd, budgetTokens });
  if (spawned.ok) await vscode.commands.executeCommand(`${agentsViewId}.focus`);
  return spawned;
};
