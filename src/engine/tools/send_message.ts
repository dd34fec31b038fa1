import { z } from "zod";
import { priorities } from "../../protocol/words.ts";
import { failRefused } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  to: z.string().trim().min(1).describe("An agent of your team by name or id, or: parent"),
  body: z.string().min(1).describe("What you have to say"),
  priority: z
    .enum(priorities)
    .default("normal")
    .describe("urgent interrupts; the others come when it waits or is idle"),
  threadId: z.string().min(1).optional().describe("The thread that this goes on with; a new one when left out"),
});

export const sendMessageTool: Tool<z.infer<typeof input>> = {
  name: "send_message",
  description:
    "Sends a message to another agent of your team. It is kept until the other takes it; an answer comes as a message.",
  input,
  effect: "changes",
  needsWorktree: false,
  async run(message, { team }) {
    const sent = await team.send(message);
    if (!sent.ok) return failRefused(sent.refusal);
    return succeed(`Sent message ${sent.value.messageId} in thread ${sent.value.threadId}.`);
  },
};
