import { ok } from "../../base/errors.ts";
import { isEnded } from "../../protocol/words.ts";
import { agentArgument, aloneFlag, defineCommand } from "../command.ts";
import { type Line, line, span } from "../render/line.ts";
import { changedLine } from "../render/status.ts";
import { plural } from "../render/text.ts";
import { commanding } from "../session.ts";
import { wordFor } from "../team.ts";

export const pauseCommand = defineCommand({
  name: "pause",
  summary: "Pause an agent and all below it, until they are resumed",
  details: [
    "What is under way (a model call, a tool) is done first; what takes longer than 30 seconds is cut off. A paused agent\nholds no slot, and no limit of time runs on for it.",
    "--json prints the agent.",
  ],
  examples: ["pause lead", 'pause parser --alone --reason "let me look first"'],
  arguments: { agent: agentArgument },
  values: { reason: { placeholder: "TEXT", example: '"let me look first"', help: "Why, for whoever reads it later" } },
  flags: { alone: aloneFlag },
  async run(input, context) {
    const word = input.argument("agent");
    const reason = input.value("reason") ?? "paused by the user";
    const paused = await commanding(context, word, async (engine) => {
      const agent = await engine.agents.pause(word, reason, input.flag("alone") ? "agent" : "subtree");
      if (!agent.ok) return agent;
      const all = await engine.agents.tree();
      const below = await engine.agents.descendants(agent.value.id);
      if (!below.ok) return below;
      const counts = {
        paused: below.value.filter(({ status }) => status === "paused").length,
        others: below.value.filter(({ status }) => status !== "paused" && !isEnded(status)).length,
      };
      return ok({ agent: agent.value, word: wordFor(agent.value, all), ...counts });
    });
    if (!paused.ok) return paused;
    const { agent, word: name, ...counts } = paused.value;
    if (context.json) context.terminal.json(agent);
    else
      context.terminal.print(
        [...changedLine(agent), ...belowSpans(counts)],
        hint(context.calls.banyan(`resume ${name}`)),
      );
    return ok(0);
  },
});

/** What is below a paused agent. */
const belowSpans = ({ paused, others }: { readonly paused: number; readonly others: number }): Line => [
  ...(paused === 0 ? [] : [span(`, with ${plural(paused, "agent")} below it`)]),
  ...(others === 0 ? [] : [span(`; ${plural(others, "agent")} below it ${others === 1 ? "goes" : "go"} on`)]),
];

const hint = (command: string): Line => line(`Let it go on with: ${command}`, "dim");
