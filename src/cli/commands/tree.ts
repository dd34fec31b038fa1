import { ok } from "../../base/errors.ts";
import { defineCommand } from "../command.ts";
import { line } from "../render/line.ts";
import { treeLines } from "../render/tree.ts";
import { reading } from "../session.ts";

export const treeCommand = defineCommand({
  name: "tree",
  summary: "Show all agents as a tree, with what each did and used",
  details: ["The figures of a line are the agent's own. --json prints an array with one object an agent, depth first."],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    const { terminal } = context;
    const rows = await reading(context, async (engine) => ok(await engine.agents.tree()));
    if (!rows.ok && rows.refusal.code !== "store_missing") return rows;
    const agents = rows.ok ? rows.value : [];
    if (context.json) terminal.json(agents);
    else if (agents.length === 0) terminal.print(line("No agents yet"));
    else terminal.print(...treeLines(agents, { ids: true, frame: null }));
    return ok(0);
  },
});
