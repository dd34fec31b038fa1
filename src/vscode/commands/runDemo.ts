import * as vscode from "vscode";
import { demoTeam } from "../../protocol/demo.ts";
import { agentsViewId } from "../contributions.ts";
import { spawnObstacle } from "../session.ts";
import type { Command } from "./command.ts";
import { startTeam } from "./startTeam.ts";

/** *Run the Demo*: a team on the offline model, in the open repository. */
export const runDemo: Command = async (services) => {
  const obstacle = await spawnObstacle(services.session);
  if (obstacle !== undefined) return { ok: false, refusal: obstacle };
  const spawned = await startTeam(services, demoTeam);
  if (spawned.ok) await vscode.commands.executeCommand(`${agentsViewId}.focus`);
  return spawned;
};
