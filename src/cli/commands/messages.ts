import { ok, type Result, refuse } from "../../base/errors.ts";
import type { ReadEngine } from "../../engine/join/read.ts";
import type { MessageItem } from "../../protocol/records.ts";
import { messageStatuses, priorities } from "../../protocol/words.ts";
import { parseChoice } from "../choice.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { findThread, type Newest, newestMessages, newestThreads, readMessage, wholeOfAll } from "../mail.ts";
import { type Line, line } from "../render/line.ts";
import { messageLines, messagePages, messageTable, threadTable } from "../render/messages.ts";
import { quoted } from "../render/text.ts";
import { reading, readingOr } from "../session.ts";

/** Messages, or threads, that are shown where nothing is said. */
const MOST = 200;
const LONGEST_SEARCH = 1000;

const values = {
  id: { placeholder: "MESSAGE", example: "12", help: "One message with all there is to tell: its number, or its id" },
  thread: {
    placeholder: "T",
    example: "12",
    help: "One thread: the number of a message in it, or the thread's id",
  },
  priority: { placeholder: "P", example: "high", help: `Only these: ${priorities.join(", ")}` },
  state: { placeholder: "S", example: "dead", help: `Only these: ${messageStatuses.join(", ")}` },
  search: { placeholder: "TEXT", example: '"parser"', help: "Only those with this text, in capitals or not" },
  last: { placeholder: "N", example: "50", help: `The newest N (default: ${MOST}; with --json all)` },
} as const;
const flags = { threads: { help: "The threads instead of their messages" } } as const;

type Given = Input<keyof typeof values, keyof typeof flags, "agent">;

export const messagesCommand = defineCommand({
  name: "messages",
  summary: "Show the messages of all agents, of one, of a thread, or one message in full",
  details: [
    "Of all agents one line each, the newest last; of one agent (sent or received), or of one thread, in full. --threads\nlists the threads: their number is that of their last message, and names the thread for --thread. A narrow terminal\nleaves columns out.",
    "--json prints an array in order of sending; with --threads one of threads, the one with the newest message last; with\n--id one object.",
  ],
  examples: ["messages --threads", "messages --thread 12", "messages parser --state pending", "messages --id 12"],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values,
  flags,
  async run(input, context) {
    const wanted = parseWanted(input);
    if (!wanted.ok) return wanted;
    switch (wanted.value.show) {
      case "one":
        return showMessage(context, wanted.value.message);
      case "threads":
        return showThreads(context, wanted.value);
      case "messages":
        return showMessages(context, wanted.value);
    }
  },
});

type Filter = NonNullable<Parameters<typeof newestThreads>[1]>;

interface Stretch {
  readonly filter: Filter;
  /** Undefined where nothing was said. */
  readonly last: number | undefined;
}

type Wanted =
  | { readonly show: "one"; readonly message: string }
  | (Stretch & { readonly show: "threads" })
  | (Stretch & { readonly show: "messages"; readonly thread: string | undefined });

function parseWanted(input: Given): Result<Wanted> {
  const alone = wrongTogether(input);
  if (alone !== undefined) return refuse("bad_input", alone);
  const message = input.value("id");
  if (message !== undefined) return ok({ show: "one", message });
  const priority = parseChoice("priority", input.value("priority"), priorities);
  if (!priority.ok) return priority;
  const status = parseChoice("state", input.value("state"), messageStatuses);
  if (!status.ok) return status;
  const last = parseLast(input.value("last"));
  if (!last.ok) return last;
  const text = input.value("search");
  if (text !== undefined && text.length > LONGEST_SEARCH) {
    return refuse("bad_input", `The text to search for is too long: at most ${LONGEST_SEARCH} characters.`);
  }
  const filter = { agent: input.optional("agent"), priority: priority.value, status: status.value, text };
  const stretch = { filter, last: last.value };
  if (input.flag("threads")) return ok({ show: "threads", ...stretch });
  return ok({ show: "messages", ...stretch, thread: input.value("thread") });
}

/** Two things to show at once. */
function wrongTogether(input: Given): string | undefined {
  const narrowing = ["thread", "priority", "state", "search", "last"] as const;
  if (input.value("id") !== undefined) {
    const other = narrowing.find((name) => input.value(name) !== undefined) ?? (input.flag("threads") && "threads");
    if (other) return `Option --id shows one message: leave out --${other}.`;
    if (input.optional("agent") !== undefined) return "Option --id shows one message: leave out the agent.";
  }
  return input.flag("threads") && input.value("thread") !== undefined
    ? "Options --threads and --thread contradict each other: give one."
    : undefined;
}

function parseLast(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined);
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count > 0 && Number.isSafeInteger(count)) return ok(count);
  return refuse("bad_input", `Last ${quoted(text)} is not a number: give a whole number, for instance --last 50.`);
}

async function showMessage(context: Context, word: string): Promise<Result<ExitCode>> {
  const { terminal } = context;
  const found = await reading(context, (engine) => readMessage(engine, word));
  if (!found.ok) return found;
  if (context.json) terminal.json(found.value.record);
  else terminal.printAll(messageLines(found.value.page, { width: terminal.width() }));
  return ok(0);
}

/** How many are asked for: a document is whole unless somebody says otherwise. */
const mostOf = ({ last }: Stretch, json: boolean): number => last ?? (json ? Number.POSITIVE_INFINITY : MOST);

const isNarrowed = ({ filter }: Stretch): boolean => Object.values(filter).some((value) => value !== undefined);

async function showThreads(context: Context, wanted: Stretch): Promise<Result<ExitCode>> {
  const { terminal, json } = context;
  const read = (engine: ReadEngine) => newestThreads(engine, wanted.filter, mostOf(wanted, json));
  const found = await lookFor(context, wanted, { list: [], more: false }, read);
  if (!found.ok) return found;
  const { list } = found.value;
  if (json) terminal.json(list);
  else if (list.length === 0) terminal.print(line(isNarrowed(wanted) ? "No thread fits" : "No threads yet"));
  else terminal.printAll([...threadTable(list, { width: terminal.width() }), ...moreLines(found.value)]);
  return ok(0);
}

/** Without a store there is nothing to see, but no agent or thread by a name either. */
const lookFor = <T>(
  context: Context,
  { filter, thread }: Stretch & { readonly thread?: string | undefined },
  nothing: T,
  read: (engine: ReadEngine) => Promise<Result<T>>,
): Promise<Result<T>> =>
  filter.agent === undefined && thread === undefined ? readingOr(context, nothing, read) : reading(context, read);

type Messages = Stretch & { readonly thread: string | undefined };

async function showMessages(context: Context, wanted: Messages): Promise<Result<ExitCode>> {
  return context.json ? documentOf(context, wanted) : printMessages(context, wanted);
}

async function printMessages(context: Context, wanted: Messages): Promise<Result<ExitCode>> {
  const { terminal } = context;
  const inFull = wanted.filter.agent !== undefined || wanted.thread !== undefined;
  const found = await lookFor(context, wanted, { list: [], more: false }, async (engine) => {
    const newest = await readMessages(engine, wanted, false);
    if (!newest.ok || !inFull) return newest;
    const list = await wholeOfAll(engine, newest.value.list);
    return list.ok ? ok({ list: list.value, more: newest.value.more }) : list;
  });
  if (!found.ok) return found;
  const { list } = found.value;
  const look = { width: terminal.width() };
  const nothing = inFull || isNarrowed(wanted) ? "No message fits" : "No messages yet";
  if (list.length === 0) terminal.print(line(nothing));
  else
    terminal.printAll([...(inFull ? messagePages(list, look) : messageTable(list, look)), ...moreLines(found.value)]);
  return ok(0);
}

/** Whole records, with what belongs to a message beside its text. */
async function documentOf(context: Context, wanted: Messages): Promise<Result<ExitCode>> {
  const found = await lookFor(context, wanted, [], async (engine) => {
    const newest = await readMessages(engine, wanted, true);
    if (!newest.ok) return newest;
    const ids = new Set(newest.value.list.map(({ id }) => id));
    const records = await engine.messages.list(wanted.filter.agent);
    return records.ok ? ok(records.value.filter(({ id }) => ids.has(id))) : records;
  });
  if (!found.ok) return found;
  context.terminal.json(found.value);
  return ok(0);
}

async function readMessages(engine: ReadEngine, wanted: Messages, json: boolean): Promise<Result<Newest<MessageItem>>> {
  const thread = wanted.thread === undefined ? ok(undefined) : await findThread(engine, wanted.thread);
  return thread.ok ? newestMessages(engine, { ...wanted.filter, thread: thread.value }, mostOf(wanted, json)) : thread;
}

const moreLines = ({ list, more }: Newest<unknown>): Line[] =>
  more ? [line(`The newest ${list.length}; there are older ones: --last ${list.length * 2}`, "dim")] : [];
