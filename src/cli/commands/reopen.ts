import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { type ReopenCommand, reopenCommandSchema } from "../../protocol/commands.ts";
import { runAgent } from "../agentRun.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { parseBudget, parseTokens, wrongField } from "../request.ts";
import { commanding } from "../session.ts";
import { interruptible } from "../team.ts";

export const reopenCommand = defineCommand({
  name: "reopen",
  summary: "Give an agent that has ended more work, or let it try again, and show it until it has ended",
  details: [
    "It goes on with all that it knows, on its own branch, on a budget of its own: as much as it was given last, or what\nyou say. Without TASK it tries its own again. What was hired by an agent that has ended can't be reopened before that\none is.",
    "As with banyan spawn, Ctrl-C parks the agents, and banyan resume goes on.",
    "Exits with 0 if it completed its task, and with 1 otherwise. --json prints an object with agent, agents, budget and\ndiff at the end.",
  ],
  examples: ["reopen parser", 'reopen lead "Add tests too" --budget 0.50'],
  arguments: {
    agent: agentArgument,
    task: { placeholder: "TASK", help: "What more it is to do, in quotes", presence: "optional" },
  },
  values: {
    budget: { placeholder: "USD", example: "0.50", help: "Dollars that it may spend from now on" },
    tokens: { placeholder: "N", example: "200000", help: "Tokens that it may use from now on" },
  },
  flags: {},
  async run(input, context) {
    const agent = input.argument("agent");
    const command = parseRequest({
      agent,
      task: input.optional("task"),
      budget: input.value("budget"),
      tokens: input.value("tokens"),
    });
    if (!command.ok) return command;
    const settings = await context.settings();
    if (!settings.ok) return settings;
    return context.interrupts.guard((signal) =>
      interruptible(signal, () =>
        commanding(context, agent, (engine) => runAgent(context, engine, reopening(engine, command.value), signal), {
          signal,
        }),
      ),
    );
  },
});

const reopening = (engine: Engine, command: ReopenCommand) => ({
  title: command.task === undefined ? `${command.agent} tries again` : `${command.agent} has more work`,
  begin: () => engine.agents.reopen(command),
});

interface Request {
  readonly agent: string;
  readonly task: string | undefined;
  readonly budget: string | undefined;
  readonly tokens: string | undefined;
}

/** What was not typed is left to the engine: as much as the agent was given last. */
function parseRequest({ agent, task, budget, tokens }: Request): Result<ReopenCommand> {
  const dollars = parseBudget(budget, 0);
  if (!dollars.ok) return dollars;
  const count = parseTokens(tokens, 0);
  if (!count.ok) return count;
  const command = reopenCommandSchema.safeParse({
    agent,
    task,
    ...(dollars.value > 0 ? { budgetUsd: dollars.value } : {}),
    ...(count.value > 0 ? { budgetTokens: count.value } : {}),
  });
  if (command.success) return ok(command.data);
  return refuse("bad_input", wrongField(command.error.issues[0]));
}
