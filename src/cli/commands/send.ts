import { ok, type Refusal, type Result, refuse } from "../../base/errors.ts";
import type { ReadEngine } from "../../engine/join/read.ts";
import type { SendCommandInput } from "../../protocol/commands.ts";
import type { MessageRecord } from "../../protocol/records.ts";
import { type Priority, priorities } from "../../protocol/words.ts";
import { parseChoice } from "../choice.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import type { Context } from "../context.ts";
import { span } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { changingAfter } from "../session.ts";
import { shellWord } from "../shell.ts";
import { leavesIdle, noteIdle } from "../team.ts";

/** Bytes that are read from standard input: the longest message that the settings allow. */
const LONGEST_INPUT = 1024 * 1024;
const FROM_INPUT = "-";

const REPLY = "reply-to";

const values = {
  priority: { placeholder: "P", example: "high", help: `${priorities.join(", ")} (default: normal)` },
  [REPLY]: {
    placeholder: "MESSAGE",
    example: "12",
    help: "Reply to a message, by its number or id: to who sent it, in its thread",
  },
} as const;
const flags = {
  children: { help: "To all that AGENT hired and that have not ended" },
  team: { help: "To all of AGENT's team that have not ended, AGENT among them" },
  reopen: { help: "If AGENT has ended, open it again: it gets this as more work" },
} as const;

type Given = Input<keyof typeof values, keyof typeof flags, "agent" | "text">;

export const sendCommand = defineCommand({
  name: "send",
  summary: "Send a message to an agent, to all that it hired, or to its team; or reply to one",
  details: [
    "It is in the agent's inbox when this returns. An agent at work reads what is urgent before its next turn, and the\nrest when it waits or is idle; it is kept until then. With --reply-to there is no AGENT: all words are the text, and a\nquestion is answered by it.",
    "TEXT that is - alone is read from standard input. Text that begins with a dash goes behind --.",
    "An agent that has ended reads no more: what became of it is said. --reopen gives it more work, with as much to spend\nas it was given last.",
    "--json prints an array with the messages, one for each that gets it.",
  ],
  examples: [
    'send parser "Leave the lexer alone" --priority urgent',
    'send --reply-to 12 "Yes, both of them"',
    'send lead --team "The API is frozen"',
    "send lead - < notes.md",
  ],
  arguments: {
    agent: { ...agentArgument, unless: REPLY },
    text: { placeholder: "TEXT", help: "What to say", presence: "rest" },
  },
  values,
  flags,
  async run(input, context) {
    const letter = await parseLetter(input, context);
    if (!letter.ok) return letter;
    const sent = await changingAfter(
      context,
      (engine) => lookUp(engine, letter.value),
      async (engine) => {
        const messages = await engine.messages.send(letter.value);
        if (!messages.ok) return messages;
        const nameOf = namesOf(await engine.agents.tree());
        return ok({ messages: messages.value, nameOf, idle: leavesIdle(engine) });
      },
    );
    if (!sent.ok) return { ok: false, refusal: inTheTerminal(context, sent.refusal, letter.value) };
    const { messages, nameOf, idle } = sent.value;
    if (context.json) context.terminal.json(messages);
    else context.terminal.print(...messages.map((message) => sentLine(message, nameOf(message.recipientId))));
    if (idle && !context.json) noteIdle(context);
    return ok(0);
  },
});

const sentLine = ({ seq }: MessageRecord, name: string) => [
  span("✓ ", "green"),
  span(`Message #${seq} to `),
  span(name, "bold"),
];

async function parseLetter(input: Given, context: Context): Promise<Result<SendCommandInput>> {
  const wrong = wrongTogether(input);
  if (wrong !== undefined) return refuse("bad_input", wrong);
  const priority = parseChoice<Priority>("priority", input.value("priority"), priorities);
  if (!priority.ok) return priority;
  const typed = input.argument("text");
  const body = typed === FROM_INPUT ? await context.readInput(LONGEST_INPUT) : ok(typed);
  if (!body.ok) return body;
  if (body.value.trim() === "") return refuse("bad_input", "The message is empty: give it some text.");
  return ok({
    to: input.optional("agent"),
    inReplyTo: input.value(REPLY),
    group: input.flag("team") ? "team" : input.flag("children") ? "children" : "agent",
    body: body.value,
    priority: priority.value,
    reopen: input.flag("reopen"),
  });
}

function wrongTogether(input: Given): string | undefined {
  const groups = (["children", "team"] as const).filter((name) => input.flag(name));
  const [group] = groups;
  if (groups.length === 2) return "Options --children and --team contradict each other: give one.";
  if (group !== undefined && input.flag("reopen")) {
    return `Options --reopen and --${group} contradict each other: more work goes to one agent.`;
  }
  return group !== undefined && input.value(REPLY) !== undefined
    ? `Options --${REPLY} and --${group} contradict each other: a reply goes to one agent.`
    : undefined;
}

/** Whether there is what the message is about. */
const lookUp = ({ agents, messages }: ReadEngine, { to, inReplyTo }: SendCommandInput): Promise<Result<unknown>> =>
  to === undefined ? messages.find(inReplyTo ?? "") : agents.find(to);

/** The way out as it is typed here. */
function inTheTerminal({ calls }: Context, refusal: Refusal, { to, inReplyTo }: SendCommandInput): Refusal {
  const whom = to === undefined ? `--${REPLY} ${shellWord(inReplyTo ?? "MESSAGE")}` : shellWord(to);
  if (refusal.code !== "has_ended") return refusal;
  const call = calls.banyan(`send --reopen ${whom} TEXT`);
  return { ...refusal, message: `${refusal.message} To give it more work, use: ${call}` };
}
