import { ok, type Result } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import { teamDefaultsOf } from "../../engine/settings.ts";
import type { SpawnCommand } from "../../protocol/commands.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { defaultValues, type SettingKey } from "../../protocol/settings.ts";
import { findBranch } from "../checkout.ts";
import { defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { teamReportLines } from "../render/team.ts";
import { parseTeamRequest, teamValues } from "../request.ts";
import { joining } from "../session.ts";
import {
  interruptible,
  judgeTeam,
  readTeam,
  reportInterrupt,
  reportParked,
  unfinishedTeams,
  untilEnded,
  wordFor,
} from "../team.ts";
import { watchEngine } from "../watch.ts";

const fromSettings = (key: SettingKey): string => `${key} of your settings, or ${defaultValues[key]}`;

export const spawnCommand = defineCommand({
  name: "spawn",
  summary: "Give a new team a task, and show it at work until it has ended",
  details: [
    "The team starts from the branch that is checked out, in worktrees of its own; nothing is merged into your branch\nuntil you say so: banyan merge. Ctrl-C parks the agents, and banyan resume goes on. Teams that were parked before\ngo on too.",
    "Exits with 0 if the team completed its task, and with 1 otherwise. --json prints an object with agent, agents,\nbudget and diff at the end.",
  ],
  arguments: { task: { placeholder: "TASK", help: "What the team is to do, in quotes", presence: "required" } },
  values: {
    ...teamValues({
      model: fromSettings("banyan.model"),
      budget: fromSettings("banyan.budget.usd"),
      tokens: fromSettings("banyan.budget.tokens"),
    }),
    name: { placeholder: "N", example: "parser", help: "Name of the team's lead (default: the role)" },
    role: { placeholder: "R", example: "lead", help: "Role of the team's lead (default: lead)" },
  },
  flags: {},
  async run(input, context) {
    const settings = await context.settings();
    if (!settings.ok) return settings;
    const command = parseTeamRequest(
      {
        task: input.argument("task"),
        name: input.value("name"),
        role: input.value("role"),
        model: input.value("model"),
        budget: input.value("budget"),
        tokens: input.value("tokens"),
      },
      teamDefaultsOf(settings.value.values),
    );
    if (!command.ok) return command;
    const model = await context.checkModel(command.value.model, context.cwd);
    if (!model.ok) return model;
    const checkout = await findBranch(context.folder);
    if (!checkout.ok) return checkout;
    return context.interrupts.guard((signal) =>
      interruptible(signal, () =>
        joining(context, (engine) => runTeam(context, engine, command.value, signal), { signal }),
      ),
    );
  },
});

async function runTeam(
  context: Context,
  engine: JoinedEngine,
  command: SpawnCommand,
  signal: AbortSignal,
): Promise<Result<ExitCode>> {
  const watch = await watchEngine(context, engine, {
    title: `${command.name ?? "A team"} at work with ${command.model}`,
    rows: async () => unfinishedTeams(await engine.agents.tree()),
  });
  let ended: Result<AgentRecord> | undefined;
  let own: AgentRecord | undefined;
  try {
    await engine.start();
    const spawned = await engine.agents.spawn(command);
    if (spawned.ok) own = spawned.value;
    ended = spawned.ok ? await untilEnded(engine, spawned.value.id, signal) : spawned;
  } finally {
    await watch.close();
  }
  if (ended === undefined) {
    if (context.json && own !== undefined) await printReport(context, engine, own.id);
    return ok(reportInterrupt(context, engine, signal));
  }
  return ended.ok ? reportTeam(context, engine, ended.value) : ended;
}

/** What can be told of a team that has not ended. */
async function printReport(context: Context, engine: Engine, id: string): Promise<void> {
  const agent = await engine.agents.find(id);
  const report = agent.ok ? await readTeam(engine, agent.value) : agent;
  if (report.ok) context.terminal.json(report.value);
}

async function reportTeam(context: Context, engine: JoinedEngine, agent: AgentRecord): Promise<Result<ExitCode>> {
  const report = await readTeam(engine, agent);
  if (!report.ok) return report;
  const word = wordFor(agent, await engine.agents.tree());
  if (context.json) context.terminal.json(report.value);
  else {
    context.terminal.print(...teamReportLines(report.value, word, context.calls));
    await reportParked(context, engine);
  }
  return ok(judgeTeam(context, agent, context.calls.banyan(`show ${word}`)));
}
