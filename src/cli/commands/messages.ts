import { ok } from "../../base/errors.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { line } from "../render/line.ts";
import { messagePages, messageTable, namesOf } from "../render/messages.ts";
import { reading } from "../session.ts";

export const messagesCommand = defineCommand({
  name: "messages",
  summary: "Show the messages of all agents, or what one sent and received",
  details: ["Of all agents one line each; of one agent in full. --json prints an array in order of sending."],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: {},
  flags: {},
  async run(input, context) {
    const { terminal } = context;
    const agent = input.optional("agent");
    const found = await reading(context, async (engine) => {
      const messages = await engine.messages.list(agent);
      return messages.ok ? ok({ messages: messages.value, nameOf: namesOf(await engine.agents.tree()) }) : messages;
    });
    if (!found.ok) return found;
    const { messages, nameOf } = found.value;
    if (context.json) terminal.json(messages);
    else if (messages.length === 0) terminal.print(line("No messages yet"));
    else
      terminal.print(
        ...(agent === undefined
          ? messageTable(messages, nameOf, { width: terminal.width() })
          : messagePages(messages, nameOf)),
      );
    return ok(0);
  },
});
