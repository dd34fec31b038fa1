import type { Engine } from "../../engine/engine.ts";
import { teamDefaultsOf } from "../../engine/settings.ts";
import type { SpawnCommand } from "../../protocol/commands.ts";
import { defaultValues, type SettingKey } from "../../protocol/settings.ts";
import { runAgent } from "../agentRun.ts";
import { findBranch, findCheckout } from "../checkout.ts";
import { defineCommand } from "../command.ts";
import { parseTeamRequest, teamValues } from "../request.ts";
import { joining } from "../session.ts";
import { interruptible } from "../team.ts";

const fromSettings = (key: SettingKey): string => `${key} of your settings, or ${defaultValues[key]}`;

export const spawnCommand = defineCommand({
  name: "spawn",
  summary: "Give a new team a task, and show it at work until it has ended",
  details: [
    "The team starts from the branch that is checked out, in worktrees of its own; nothing is merged into your branch\nuntil you say so: banyan merge. Ctrl-C parks the agents, and banyan resume goes on. Teams that were parked before\ngo on too.",
    "A team that can't go on without you (its budget is used up, it is paused) is left as it stands: what it waits for\nis said, and what to type.",
    "Exits with 0 if the team completed its task, and with 1 otherwise. --json prints an object with agent, agents,\nbudget and diff at the end.",
  ],
  examples: [
    'spawn "Survey this repository" --budget 2.50',
    'spawn "Say hello" --model script/hello.yaml --name hello',
    'spawn "Finish what I began" --with-changes',
    'spawn "Fix it on the release" --base v1.2 --target release',
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
    base: { placeholder: "REF", example: "v1.2", help: "Branch, tag or commit to start from (default: where you are)" },
    target: {
      placeholder: "BRANCH",
      example: "main",
      help: "Branch of yours to merge into (default: the one you are on)",
    },
  },
  flags: { "with-changes": { help: "Start from your uncommitted changes too; they are never merged back" } },
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
        base: input.value("base"),
        target: input.value("target"),
        withChanges: input.flag("with-changes"),
      },
      teamDefaultsOf(settings.value.values),
    );
    if (!command.ok) return command;
    const model = await context.checkModel(command.value.model, context.cwd);
    if (!model.ok) return model;
    // Where both ends are said, it doesn't matter what is checked out.
    const isSaid = command.value.base !== undefined && command.value.target !== undefined;
    const checkout = await (isSaid ? findCheckout : findBranch)(context.folder);
    if (!checkout.ok) return checkout;
    return context.interrupts.guard((signal) =>
      interruptible(signal, () =>
        joining(context, (engine) => runAgent(context, engine, beginning(engine, command.value), signal), { signal }),
      ),
    );
  },
});

const beginning = (engine: Engine, command: SpawnCommand) => ({
  title: `${command.name ?? "A team"} at work with ${command.model}`,
  begin: () => engine.agents.spawn(command),
});
