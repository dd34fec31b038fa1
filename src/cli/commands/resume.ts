import { ok, type Result, refuse } from "../../base/errors.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import { agentArgument, defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { followAgents } from "../follow.ts";
import { emptyLine, type Line, line } from "../render/line.ts";
import { changedLine } from "../render/status.ts";
import { nextLines } from "../render/team.ts";
import { treeLines } from "../render/tree.ts";
import { commanding, joining, reading } from "../session.ts";
import {
  interruptible,
  judgeTeam,
  leavesIdle,
  noteIdle,
  reportInterrupt,
  reportStuck,
  unfinishedTeams,
  wordFor,
} from "../team.ts";

export const resumeCommand = defineCommand({
  name: "resume",
  summary: "Go on with every team left unfinished; with AGENT let a paused agent and all below it go on",
  details: [
    "Without AGENT: runs the teams that a stop or a crash left unfinished, and shows them at work until all have ended, or\ncan't go on without you. Agents that you paused stay paused. Exits with 0 if all completed their tasks, and with 1\notherwise. --json prints an array with one object an agent.",
    "With AGENT: takes back a banyan pause, and returns at once. --json prints the agent.",
  ],
  examples: ["resume parser", "resume"],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: {},
  flags: { alone: { help: "With AGENT: this agent alone; what is below it stays paused" } },
  async run(input, context) {
    const agent = input.optional("agent");
    if (agent !== undefined) return unpause(context, agent, input.flag("alone"));
    if (input.flag("alone"))
      return refuse("bad_input", "Option --alone is about one agent: banyan resume AGENT --alone.");
    return resumeTeams(context);
  },
});

async function unpause(context: Context, word: string, alone: boolean): Promise<Result<ExitCode>> {
  const resumed = await commanding(context, word, async (engine) => {
    const agent = await engine.agents.resume(word, alone ? "agent" : "subtree");
    return agent.ok ? ok({ agent: agent.value, idle: leavesIdle(engine) }) : agent;
  });
  if (!resumed.ok) return resumed;
  const { agent, idle } = resumed.value;
  if (context.json) context.terminal.json(agent);
  else context.terminal.print(changedLine(agent));
  if (idle && !context.json) noteIdle(context);
  return ok(0);
}

async function resumeTeams(context: Context): Promise<Result<ExitCode>> {
  const settings = await context.settings();
  if (!settings.ok) return settings;
  const parked = await reading(context, async (engine) => ok(unfinishedTeams(await engine.agents.tree())));
  if (!parked.ok) return parked;
  if (parked.value.length > 0) {
    return context.interrupts.guard((signal) =>
      interruptible(signal, () =>
        joining(context, (engine) => goOn(context, engine, parked.value, signal), { signal }),
      ),
    );
  }
  if (context.json) context.terminal.json([]);
  else context.terminal.print(line("No team is unfinished"));
  return ok(0);
}

async function goOn(
  context: Context,
  engine: JoinedEngine,
  parked: readonly AgentTreeRow[],
  signal: AbortSignal,
): Promise<Result<ExitCode>> {
  const roots = parked.filter(({ parentId }) => parentId === null).map(({ id }) => id);
  const rows = async () => (await engine.agents.tree()).filter(({ rootId }) => roots.includes(rootId));
  if (!context.json) notePaused(context, parked);
  const begin = async () => ok(roots);
  const course = await followAgents(context, engine, { title: "Going on", rows, begin }, signal);
  if (!course.ok) return course;
  if (course.value.kind === "interrupted") return ok(reportInterrupt(context, engine, signal));
  const all = await engine.agents.tree();
  print(context, await rows(), all);
  if (course.value.kind === "stuck") return ok(await reportStuck(context, engine, course.value.agents));
  const failed = (await rows()).find((row) => row.parentId === null && row.status !== "completed");
  return ok(failed === undefined ? 0 : judgeTeam(context, failed, context.calls.banyan(`show ${failed.id}`)));
}

/** Says which agents stay paused while others go on; where nothing goes on, that is said at the end. */
function notePaused({ terminal, calls }: Context, rows: readonly AgentTreeRow[]): void {
  const open = rows.filter(({ status }) => !isEnded(status));
  const paused = open.filter(({ status }) => status === "paused");
  if (paused.length === 0 || paused.length === open.length) return;
  const words = paused.map((row) => wordFor(row, rows));
  const [first = ""] = words;
  const command = calls.banyan(`resume ${words.length === 1 ? first : "AGENT"}`);
  terminal.note(`Still paused: ${words.join(", ")}. Let ${words.length === 1 ? "it" : "them"} go on with: ${command}`);
}

function print(context: Context, rows: readonly AgentTreeRow[], all: readonly AgentTreeRow[]): void {
  const { terminal, json } = context;
  if (json) terminal.json(rows);
  else {
    const tree = treeLines(rows, { ids: true, frame: null, width: terminal.width() });
    terminal.print(...tree, ...whatNext(context, rows, all));
  }
}

/** For each team that completed its task. */
const whatNext = ({ calls }: Context, rows: readonly AgentTreeRow[], all: readonly AgentTreeRow[]): Line[] =>
  rows
    .filter((row) => row.parentId === null && row.status === "completed")
    .flatMap((root) => [emptyLine, ...nextLines(root, wordFor(root, all), calls)]);
