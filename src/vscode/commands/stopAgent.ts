import * as vscode from "vscode";
import { isOpen, liveBelow } from "../agentFacts.ts";
import { noticeText } from "../escape.ts";
import { counted } from "../figures.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Stop Agent*: ends an agent and all below it, after the user agreed. */
export const stopAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Stop Agent",
    fits: isOpen,
    none: "No agent can be stopped: all have ended.",
  });
  if (!picked?.ok) return picked;
  const { engine, row, rows } = picked.value;
  if (!(await confirmed(row.name, liveBelow(rows, row.id)))) return undefined;
  return withViewProgress(() => engine.agents.stop(row.id, "stopped by the user"));
};

async function confirmed(name: string, below: number): Promise<boolean> {
  const others = below === 0 ? "" : ` and ${counted(below, "agent")} below it`;
  const stop = "Stop";
  const answer = await vscode.window.showWarningMessage(
    noticeText(`Stop “${name}”${others}?`),
    { modal: true, detail: below === 0 ? keptOfOne : keptOfMany },
    stop,
  );
  return answer === stop;
}

const keptOfOne = "Its work is kept: it stays in its branch and snapshots. What it has not spent goes back.";
const keptOfMany = "Their work is kept: it stays in their branches and snapshots. What they have not spent goes back.";
