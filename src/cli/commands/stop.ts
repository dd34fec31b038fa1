import { ok } from "../../base/errors.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { span } from "../render/line.ts";
import { glyphOf, statusOf } from "../render/status.ts";
import { commanding } from "../session.ts";

export const stopCommand = defineCommand({
  name: "stop",
  summary: "End an agent and all below it; their work is kept, their budgets return",
  details: ["--json prints the agent."],
  arguments: { agent: agentArgument },
  values: { reason: { placeholder: "TEXT", example: '"no longer needed"', help: "Why, for whoever reads it later" } },
  flags: {},
  async run(input, context) {
    const word = input.argument("agent");
    const stopped = await commanding(context, word, (engine) =>
      engine.agents.stop(word, input.value("reason") ?? "stopped by the user"),
    );
    if (!stopped.ok) return stopped;
    const agent = stopped.value;
    if (context.json) context.terminal.json(agent);
    else context.terminal.print([glyphOf(agent.status), span(` ${agent.name}  `, "bold"), statusOf(agent)]);
    return ok(0);
  },
});
