import { ok } from "../../base/errors.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { emptyLine, type Line, line } from "../render/line.ts";
import { treeLines } from "../render/tree.ts";
import { reading } from "../session.ts";
import { unfinishedTeams } from "../team.ts";

export const treeCommand = defineCommand({
  name: "tree",
  summary: "Show all agents as a tree, with what each did and used",
  details: [
    "TURNS, TOKENS and COST are the agent's own; INCL. BELOW is its cost and that of all below it. What stands there is\nin the COST of others too: never add the two. A narrow terminal leaves columns out.",
    "--json prints an array with one object an agent, depth first.",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    const { terminal } = context;
    const found = await reading(context, async (engine) =>
      ok({ rows: await engine.agents.tree(), leader: engine.leader }),
    );
    if (!found.ok && found.refusal.code !== "store_missing") return found;
    const { rows: agents, leader } = found.ok ? found.value : { rows: [], leader: null };
    if (context.json) terminal.json(agents);
    else if (agents.length === 0) terminal.print(line("No agents yet"));
    else
      terminal.print(
        ...treeLines(agents, { ids: true, frame: null, width: terminal.width() }),
        ...runnerLines(context, agents, leader),
      );
    return ok(0);
  },
});

/** Who runs what has not ended: nothing goes on by itself. */
function runnerLines({ calls }: Context, rows: readonly AgentTreeRow[], leader: string | null): Line[] {
  if (unfinishedTeams(rows).length === 0) return [];
  const runner =
    leader === null ? `Nobody runs what has not ended. It goes on with: ${calls.banyan("resume")}` : `Run by ${leader}`;
  return [emptyLine, line(runner, "dim")];
}
