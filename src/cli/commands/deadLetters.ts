import { ok, type Result } from "../../base/errors.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import type { Backend } from "../../engine/remote/backend.ts";
import type { MessageItem, MessageRecord } from "../../protocol/records.ts";
import { agentArgument, defineCommand, messageArgument } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { readMessage, wholeOfAll } from "../mail.ts";
import { emptyLine, type Line, line, span } from "../render/line.ts";
import { deadLetterTable, messageLines, namesOf } from "../render/messages.ts";
import { changing, reading, readingOr } from "../session.ts";
import { leavesIdle } from "../team.ts";

export const deadLettersCommand = defineCommand({
  name: "dead-letters",
  summary: "Show the messages that could not be delivered, for all agents or for one",
  details: [
    "A message is dead when its last delivery failed. It is kept with its text, its thread and every error until you send\nit again or discard it. The newest stands last. A narrow terminal leaves columns out.",
    "--json prints an array with one object a message.",
  ],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: {},
  flags: {},
  async run(input, context) {
    const { terminal } = context;
    const agent = input.optional("agent");
    const read = (engine: Backend) => readDead(engine, agent);
    const found = await (agent === undefined ? readingOr(context, [], read) : reading(context, read));
    if (!found.ok) return found;
    if (context.json) terminal.json(found.value);
    else if (found.value.length === 0) terminal.print(line("No dead letters"));
    else
      terminal.printAll([...deadLetterTable(found.value, { width: terminal.width() }), ...hints(context, found.value)]);
    return ok(0);
  },
});

/** In order of sending, with their whole texts. */
async function readDead(engine: Backend, agent: string | undefined): Promise<Result<readonly MessageItem[]>> {
  const dead = await engine.messages.deadLetters(agent);
  return dead.ok ? wholeOfAll(engine, dead.value.toReversed()) : dead;
}

function hints({ calls }: Context, dead: readonly MessageItem[]): Line[] {
  const seq = dead.at(-1)?.seq ?? 0;
  return [
    emptyLine,
    line(`Look at one with: ${calls.banyan(`dead-letters show ${seq}`)}`, "dim"),
    line(`Send it again with: ${calls.banyan(`dead-letters retry ${seq}`)}`, "dim"),
  ];
}

export const showDeadLetterCommand = defineCommand({
  name: "dead-letters show",
  summary: "Show one message in full, with every delivery that failed",
  details: ["--json prints the message."],
  arguments: { message: messageArgument },
  values: {},
  flags: {},
  async run(input, context) {
    const { terminal } = context;
    const found = await reading(context, (engine) => readMessage(engine, input.argument("message")));
    if (!found.ok) return found;
    if (context.json) terminal.json(found.value.record);
    else terminal.printAll(messageLines(found.value.page, { width: terminal.width() }));
    return ok(0);
  },
});

const someMessages = { messages: { ...messageArgument, presence: "rest" } } as const;

export const retryDeadLettersCommand = defineCommand({
  name: "dead-letters retry",
  summary: "Send dead messages again, under their ids and with all their attempts",
  details: [
    "One whose recipient has ended is refused: reopen the agent first. Exits with 1 if any is refused; the others are sent.",
    "--json prints an array with an object for each: asked, message and refused, of which one is null.",
  ],
  examples: ["dead-letters retry 12", "dead-letters retry 12 15 16"],
  arguments: someMessages,
  values: {},
  flags: {},
  run: (input, context) =>
    changeEach(context, input.argument("messages"), {
      done: "is sent again",
      change: (engine, word) => engine.messages.sendAgain(word),
      needsRunner: true,
    }),
});

export const discardDeadLettersCommand = defineCommand({
  name: "dead-letters discard",
  summary: "Put dead messages aside: they are listed no more, and stay in their threads",
  details: [
    "Exits with 1 if any is refused; the others are discarded.",
    "--json prints an array with an object for each: asked, message and refused, of which one is null.",
  ],
  examples: ["dead-letters discard 12 15"],
  arguments: someMessages,
  values: {},
  flags: {},
  run: (input, context) =>
    changeEach(context, input.argument("messages"), {
      done: "is discarded",
      change: (engine, word) => engine.messages.discard(word),
      needsRunner: false,
    }),
});

interface Change {
  /** What is said of a message. */
  readonly done: string;
  readonly change: (engine: JoinedEngine, word: string) => Promise<Result<MessageRecord>>;
  /** Whether something is to happen that needs somebody who runs the agents. */
  readonly needsRunner: boolean;
}

/** What came of one message that was asked for. */
interface Outcome {
  readonly asked: string;
  readonly message: MessageRecord | null;
  /** Why not. */
  readonly refused: string | null;
}

async function changeEach(
  context: Context,
  messages: string,
  { done, change, needsRunner }: Change,
): Promise<Result<ExitCode>> {
  const { terminal } = context;
  // A repository without a store is left without one.
  const there = await reading(context, async () => ok(undefined));
  if (!there.ok) return there;
  const changed = await changing(context, async (engine) => {
    const outcomes: Outcome[] = [];
    for (const asked of messages.split(/\s+/).filter((word) => word !== "")) {
      const result = await change(engine, asked);
      outcomes.push({
        asked,
        message: result.ok ? result.value : null,
        refused: result.ok ? null : result.refusal.message,
      });
    }
    return ok({ outcomes, nameOf: namesOf(await engine.agents.tree()), idle: needsRunner && leavesIdle(engine) });
  });
  if (!changed.ok) return changed;
  const { outcomes, nameOf, idle } = changed.value;
  const sent = outcomes.flatMap(({ message }) => message ?? []);
  const refused = outcomes.flatMap((outcome) => outcome.refused ?? []);
  if (context.json) terminal.json(outcomes);
  for (const { seq, recipientId } of context.json ? [] : sent) {
    terminal.print([
      span("✓ ", "green"),
      span(`Message #${seq} to `),
      span(nameOf(recipientId), "bold"),
      span(` ${done}`),
    ]);
  }
  for (const each of refused) terminal.complain(each);
  if (idle && sent.length > 0 && !context.json) {
    const whom = sent.length === 1 ? "it" : "them";
    terminal.note(`Nobody runs who is to get ${whom} now. Go on with: ${context.calls.banyan("resume")}`);
  }
  return ok(refused.length === 0 ? 0 : 1);
}
