import { ok, refuse } from "../../base/errors.ts";
import { sendCommandSchema } from "../../protocol/commands.ts";
import { priorities } from "../../protocol/words.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { span } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { quoted } from "../render/text.ts";
import { commanding } from "../session.ts";
import { didYouMean } from "../suggest.ts";

export const sendCommand = defineCommand({
  name: "send",
  summary: "Send a message to an agent",
  details: [
    "It is in the agent's inbox when this returns. An agent at work reads what is urgent before its next turn, and the\nrest when it waits or is idle. Text that begins with a dash goes behind --.",
    "--json prints an array with the message.",
  ],
  arguments: { agent: agentArgument, text: { placeholder: "TEXT", help: "What to say", presence: "rest" } },
  values: { priority: { placeholder: "P", example: "high", help: `${priorities.join(", ")} (default: normal)` } },
  flags: {},
  async run(input, context) {
    const to = input.argument("agent");
    const priority = input.value("priority") ?? "normal";
    const command = sendCommandSchema.safeParse({ to, body: input.argument("text"), priority });
    if (!command.success) return refuse("bad_input", wrongMessage(priority, command.error.issues[0]?.message ?? ""));
    const sent = await commanding(context, to, async (engine) => {
      const message = await engine.messages.send(command.data);
      if (!message.ok) return message;
      const names = namesOf(await engine.agents.tree());
      return ok(message.value.map((each) => ({ message: each, name: names(each.recipientId) })));
    });
    if (!sent.ok) return sent;
    if (context.json) context.terminal.json(sent.value.map(({ message }) => message));
    else {
      for (const { message, name } of sent.value) {
        context.terminal.print([span("✓ ", "green"), span(`Message #${message.seq} to `), span(name, "bold")]);
      }
    }
    return ok(0);
  },
});

function wrongMessage(priority: string, issue: string): string {
  const known: readonly string[] = priorities;
  if (known.includes(priority)) return `The message is not right: ${issue}.`;
  return `Unknown priority ${quoted(priority)}: ${didYouMean(priority, known) ?? `use one of ${known.join(", ")}.`}`;
}
