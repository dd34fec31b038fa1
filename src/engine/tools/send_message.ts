import { z } from "zod";
import type { Refusal } from "../../base/errors.ts";
import { priorities } from "../../protocol/words.ts";
import { failRefused } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z
  .strictObject({
    to: z
      .string()
      .trim()
      .min(1)
      .optional()
      .describe("An agent of your team by name or id; parent; children; team. Left out of a reply: who sent it"),
    body: z.string().min(1).describe("What you have to say"),
    priority: z
      .enum(priorities)
      .default("normal")
      .describe("urgent interrupts; the others come when it waits, asks or is idle"),
    inReplyTo: z
      .string()
      .min(1)
      .optional()
      .describe("Id of the message that this replies to; a question's answer names it"),
    threadId: z.string().min(1).optional().describe("The thread that this goes on with; a new one when left out"),
    reopen: z.boolean().optional().describe("An agent that you hired and that has ended gets this as more work"),
  })
  .refine(({ to, inReplyTo }) => to !== undefined || inReplyTo !== undefined, {
    path: ["to"],
    message: "say to whom, or what it replies to",
  });

const withWayOut = ({ code, message }: Refusal): Refusal =>
  code === "has_ended"
    ? { code, message: `${message} With reopen: true it gets this as more work.` }
    : { code, message };

export const sendMessageTool: Tool<z.infer<typeof input>> = {
  name: "send_message",
  description:
    "Sends a message to an agent of your team, to your parent, to all that you hired or to the whole team. It is kept " +
    "until the other takes it; what it replies comes as a message. To answer a question, give its id as inReplyTo.",
  input,
  effect: "once",
  needsWorktree: false,
  async run(message, { team }) {
    const sent = await team.send(message);
    if (!sent.ok) return failRefused(withWayOut(sent.refusal));
    const list = sent.value.sent.map(({ messageId, to }) => `${messageId} to ${to}`).join(", ");
    return succeed(`Sent message ${list} in thread ${sent.value.threadId}.`);
  },
};
