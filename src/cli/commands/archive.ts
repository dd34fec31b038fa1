import { ok, type Result } from "../../base/errors.ts";
import { agentArgument, defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { archivedLines } from "../render/archive.ts";
import { line, span } from "../render/line.ts";
import { glyphOf } from "../render/status.ts";
import { plural } from "../render/text.ts";
import { treeLines } from "../render/tree.ts";
import { changing, commanding, reading, readingOr } from "../session.ts";

const teamArgument = {
  placeholder: "TEAM",
  help: "An archived team: the name of its root, an agent's id, or the start of one",
} as const;

export const archiveCommand = defineCommand({
  name: "archive",
  summary: "Put a team that has ended away: it is listed no more, and nothing of it is lost",
  details: [
    "The whole team of AGENT goes. Its worktrees and branches stay as they are, its messages and budgets come back with it.",
    "--json prints an object with what the team did.",
  ],
  arguments: { agent: agentArgument },
  values: {},
  flags: {},
  async run(input, context) {
    const { terminal, calls } = context;
    const word = input.argument("agent");
    const archived = await commanding(context, word, (engine) => engine.agents.archive(word));
    if (!archived.ok) return archived;
    const { rootId, name, agents } = archived.value;
    if (context.json) terminal.json(archived.value);
    else {
      terminal.print([span("✓ ", "green"), span(`Archived ${name}`, "bold"), span(`  ${plural(agents, "agent")}`)]);
      terminal.print(line(`Bring it back with: ${calls.banyan(`restore ${rootId}`)}`, "dim"));
    }
    return ok(0);
  },
});

export const archivedCommand = defineCommand({
  name: "archived",
  summary: "Show the teams that were put away, or one of them as a tree",
  details: ["--json prints an array: one object a team, or of one team one object an agent, as tree does."],
  arguments: { team: { ...teamArgument, presence: "optional" } },
  values: {},
  flags: {},
  async run(input, context) {
    const team = input.optional("team");
    return team === undefined ? listTeams(context) : showTeam(context, team);
  },
});

async function listTeams(context: Context): Promise<Result<ExitCode>> {
  const { terminal } = context;
  const found = await readingOr(context, [], async (engine) => ok(await engine.agents.archived()));
  if (!found.ok) return found;
  const teams = found.value;
  if (context.json) terminal.json(teams);
  else if (teams.length === 0) terminal.print(line("No archived teams"));
  else terminal.print(...archivedLines(teams));
  return ok(0);
}

async function showTeam(context: Context, team: string): Promise<Result<ExitCode>> {
  const found = await reading(context, (engine) => engine.agents.archivedTeam(team));
  if (!found.ok) return found;
  if (context.json) context.terminal.json(found.value);
  else context.terminal.print(...treeLines(found.value, { ids: true, frame: null }));
  return ok(0);
}

export const restoreCommand = defineCommand({
  name: "restore",
  summary: "Bring a team back that was put away, as it was",
  details: ["--json prints the root."],
  arguments: { team: { ...teamArgument, presence: "required" } },
  values: {},
  flags: {},
  async run(input, context) {
    const team = input.argument("team");
    // That there is such a team is found out before anything is opened for writing.
    const known = await reading(context, (engine) => engine.agents.archivedTeam(team));
    if (!known.ok) return known;
    const restored = await changing(context, (engine) => engine.agents.restore(team));
    if (!restored.ok) return restored;
    const { status, name } = restored.value;
    if (context.json) context.terminal.json(restored.value);
    else context.terminal.print([glyphOf(status), span(` ${name}  `, "bold"), span("is back")]);
    return ok(0);
  },
});
