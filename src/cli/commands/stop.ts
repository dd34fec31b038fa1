import { ok, type Result, refuse } from "../../base/errors.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { line } from "../render/line.ts";
import { changedLine } from "../render/status.ts";
import { changing, commanding, reading } from "../session.ts";

const flags = {
  alone: { help: "This agent alone: the agents that it hired become those of the agent above it" },
  all: { help: "Stop everything: end every team, unasked" },
} as const;

export const stopCommand = defineCommand({
  name: "stop",
  summary: "End an agent and all below it, or every team; their work is kept, their budgets return",
  details: [
    "An agent that was stopped can get more work, or try its own again: banyan reopen. The lead of a team can't be\nstopped alone while agents below it are open.",
    "--json prints the agent; with --all an array with the lead of each team that was ended.",
  ],
  examples: ['stop parser --reason "no longer needed"', "stop --all"],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: { reason: { placeholder: "TEXT", example: '"no longer needed"', help: "Why, for whoever reads it later" } },
  flags,
  async run(input, context) {
    const agent = input.optional("agent");
    const wrong = wrongWords(agent, input);
    if (wrong !== undefined) return refuse("bad_input", wrong);
    const reason = input.value("reason") ?? "stopped by the user";
    return agent === undefined
      ? stopEverything(context, reason)
      : stopAgent(context, agent, reason, input.flag("alone"));
  },
});

function wrongWords(agent: string | undefined, input: Input<never, keyof typeof flags>): string | undefined {
  if (agent === undefined && !input.flag("all")) return "Say what to stop: banyan stop AGENT, or banyan stop --all.";
  if (agent !== undefined && input.flag("all")) {
    return "An agent and --all contradict each other: --all stops every team. Give one of them.";
  }
  if (input.flag("alone") && input.flag("all")) {
    return "Options --alone and --all contradict each other: give one.";
  }
  return undefined;
}

async function stopAgent(context: Context, word: string, reason: string, alone: boolean): Promise<Result<ExitCode>> {
  const stopped = await commanding(context, word, (engine) =>
    engine.agents.stop(word, reason, alone ? "agent" : "subtree"),
  );
  if (!stopped.ok) return stopped;
  if (context.json) context.terminal.json(stopped.value);
  else context.terminal.print(changedLine(stopped.value));
  return ok(0);
}

async function stopEverything(context: Context, reason: string): Promise<Result<ExitCode>> {
  // A repository without a store is left without one.
  const there = await reading(context, async () => ok(undefined));
  if (!there.ok) return there;
  const stopped = await changing(context, async (engine) => ok(await engine.agents.stopEverything(reason)));
  if (!stopped.ok) return stopped;
  if (context.json) context.terminal.json(stopped.value);
  else if (stopped.value.length === 0) context.terminal.print(line("No team is unfinished: nothing was stopped"));
  else context.terminal.print(...stopped.value.map(changedLine));
  return ok(0);
}
