import * as vscode from "vscode";
import { ok, refuse } from "../../base/errors.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { isOpen } from "../agentFacts.ts";
import { counted } from "../figures.ts";
import { type Command, withViewProgress } from "./command.ts";

/** *Stop Everything*: ends every agent of every team, after the user agreed. */
export const stopEverything: Command = async ({ session }) => {
  const engine = await session.engine("refuse");
  if (!engine.ok) return engine;
  const open = (await engine.value.agents.tree()).filter(isOpen);
  if (open.length === 0) return refuse("illegal_move", "Nothing to stop: all agents have ended.");
  if (!(await confirmed(open))) return undefined;
  return ok(await withViewProgress(() => engine.value.agents.stopEverything("stopped by the user")));
};

async function confirmed(open: readonly AgentTreeRow[]): Promise<boolean> {
  const teams = new Set(open.map(({ rootId }) => rootId)).size;
  const stop = "Stop Everything";
  const answer = await vscode.window.showWarningMessage(
    `Stop ${counted(open.length, "agent")} of ${counted(teams, "team")}?`,
    {
      modal: true,
      detail: "Their work is kept: it stays in their branches and snapshots. What they have not spent goes back.",
    },
    stop,
  );
  return answer === stop;
}
