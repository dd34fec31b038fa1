import { ok, type Result, refuse } from "../../base/errors.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import type { Review } from "../../protocol/records.ts";
import { type Decision, type DiffSide, diffSides } from "../../protocol/words.ts";
import { parseChoice } from "../choice.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { span } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { fileReviewLines, reviewLines } from "../render/review.ts";
import { EVERY_FILE, findComment, parseMark, parsePlace, requireFile } from "../reviewing.ts";
import { commanding, reading } from "../session.ts";
import { leavesIdle, noteIdle } from "../team.ts";

const place = { placeholder: "PATH[:HUNK]", example: "src/parser.ts:2" } as const;
const values = {
  file: { placeholder: "PATH", example: "src/parser.ts", help: "Show one file's hunks with their numbers" },
  accept: { ...place, help: `Accept a file or a hunk of it; ${EVERY_FILE} is every file` },
  reject: { ...place, help: "Reject it" },
  reset: { ...place, help: "Take what was decided of it back" },
  comment: { placeholder: "PATH:LINE", example: "src/parser.ts:12", help: "Write TEXT on a line" },
  side: { placeholder: "SIDE", example: "base", help: "Of the line: work, or base, before the change (default: work)" },
  settle: {
    placeholder: "COMMENT",
    example: "4fc2a1",
    help: "Mark a comment resolved; one that wasn't sent is deleted",
  },
  reopen: { placeholder: "COMMENT", example: "4fc2a1", help: "Take that back" },
} as const;
const flags = {
  "request-changes": { help: "Send the comments and what you rejected to the agent, after TEXT; it goes on" },
} as const;
type Given = Input<keyof typeof values, keyof typeof flags, "agent" | "text">;

const actions = ["file", "accept", "reject", "reset", "comment", "settle", "reopen"] as const;
type Action = (typeof actions)[number] | "request-changes";

export const reviewCommand = defineCommand({
  name: "review",
  summary: "Look at an agent's work, decide on its files and hunks, comment on lines, ask for changes",
  details: [
    "What you decide and write is kept with the work, and is the same in the editor. banyan merge --accepted-only merges\nwhat you accepted; comments are sent with --request-changes, all as one message.",
    "--json prints an object: the whole review, or what was changed of it.",
  ],
  examples: [
    "review lead",
    "review lead --file src/parser.ts",
    "review lead --accept src/parser.ts:2",
    'review lead --comment src/parser.ts:12 "Why twice?"',
    'review lead --request-changes "Nearly there"',
  ],
  arguments: {
    agent: agentArgument,
    text: { placeholder: "TEXT", help: "A comment, or a note before the comments, in quotes", presence: "optional" },
  },
  values,
  flags,
  async run(input, context) {
    const action = parseAction(input);
    if (!action.ok) return action;
    const word = input.argument("agent");
    switch (action.value) {
      case undefined:
        return show(context, word);
      case "file":
        return showFile(context, word, input.value("file") ?? "");
      case "request-changes":
        return requestChanges(context, word, input.optional("text") ?? "");
      case "comment":
        return comment(context, word, input);
      case "settle":
      case "reopen":
        return settle(context, word, input.value(action.value) ?? "", action.value === "settle");
      default:
        return mark(context, word, input.value(action.value) ?? "", decisions[action.value]);
    }
  },
});

const decisions = { accept: "accepted", reject: "rejected", reset: null } as const satisfies Record<
  string,
  Decision | null
>;

function parseAction(input: Given): Result<Action | undefined> {
  const asked = input.flag("request-changes") ? (["request-changes"] as const) : [];
  const given: readonly Action[] = [...actions.filter((name) => input.value(name) !== undefined), ...asked];
  const [action, other] = given;
  if (other !== undefined) return refuse("bad_input", `Options --${action} and --${other}: give one at a time.`);
  const hasText = input.optional("text") !== undefined;
  if (action === "comment" && !hasText) {
    return refuse("bad_input", 'The comment is empty: write it behind, for instance --comment a.ts:1 "Why?".');
  }
  if (hasText && action !== "comment" && action !== "request-changes") {
    return refuse("bad_input", "What is TEXT for? It goes with --comment or --request-changes.");
  }
  return input.value("side") !== undefined && action !== "comment"
    ? refuse("bad_input", "Option --side goes with --comment.")
    : ok(action);
}

async function show(context: Context, word: string): Promise<Result<ExitCode>> {
  const found = await reading(context, async (engine) => {
    const review = await engine.reviews.get(word);
    return review.ok ? ok({ review: review.value, nameOf: namesOf(await engine.agents.tree()) }) : review;
  });
  if (!found.ok) return found;
  const { review, nameOf } = found.value;
  if (context.json) context.terminal.json(review);
  else context.terminal.print(...reviewLines(review, nameOf, context.terminal.width()));
  return ok(0);
}

async function showFile(context: Context, word: string, path: string): Promise<Result<ExitCode>> {
  const found = await reading(context, async ({ reviews }) => {
    const review = await reviews.get(word);
    if (!review.ok) return review;
    const known = requireFile(review.value, path);
    if (!known.ok) return known;
    const file = await reviews.file(word, path);
    return file.ok ? ok({ file: file.value, listed: review.value.files.find((each) => each.path === path) }) : file;
  });
  if (!found.ok) return found;
  if (context.json) context.terminal.json(found.value.file);
  else context.terminal.print(...fileReviewLines(found.value.file, found.value.listed));
  return ok(0);
}

/** Does something to a review; prints `done` or the JSON document that `body` answers with it. */
async function change(
  context: Context,
  word: string,
  body: (engine: JoinedEngine, review: Review) => Promise<Result<{ readonly json: unknown; readonly done: string }>>,
): Promise<Result<ExitCode>> {
  const changed = await commanding(context, word, async (engine) => {
    const review = await engine.reviews.get(word);
    return review.ok ? body(engine, review.value) : review;
  });
  if (!changed.ok) return changed;
  if (context.json) context.terminal.json(changed.value.json);
  else context.terminal.print([span("✓ ", "green"), span(changed.value.done)]);
  return ok(0);
}

const mark = (context: Context, word: string, what: string, decision: Decision | null): Promise<Result<ExitCode>> =>
  change(context, word, async ({ reviews }, review) => {
    const command = await parseMark(reviews, review, what, decision);
    if (!command.ok) return command;
    const marked = await reviews.mark(command.value);
    const words = what === EVERY_FILE ? "Every file" : what;
    return marked.ok ? ok({ json: marked.value, done: `${words} is ${decision ?? "undecided"}` }) : marked;
  });

async function comment(context: Context, word: string, input: Given): Promise<Result<ExitCode>> {
  const side = parseChoice<DiffSide>("side", input.value("side"), diffSides);
  if (!side.ok) return side;
  return change(context, word, async ({ reviews }, review) => {
    const at = parsePlace(review, input.value("comment") ?? "", side.value ?? "work");
    if (!at.ok) return at;
    const written = await reviews.comment({ ...at.value, body: input.optional("text") ?? "" });
    return written.ok ? ok({ json: written.value, done: `Commented on ${at.value.path}:${at.value.line}` }) : written;
  });
}

const settle = (context: Context, word: string, id: string, resolved: boolean): Promise<Result<ExitCode>> =>
  change(context, word, async ({ reviews }, review) => {
    const found = findComment(review, id);
    if (!found.ok) return found;
    const settled = await reviews.settleComment(found.value.id, resolved);
    if (!settled.ok) return settled;
    const became = found.value.sentAt === null ? "deleted" : resolved ? "resolved" : "open again";
    return ok({ json: settled.value, done: `The comment on ${found.value.path}:${found.value.line} is ${became}` });
  });

async function requestChanges(context: Context, word: string, note: string): Promise<Result<ExitCode>> {
  const sent = await commanding(context, word, async (engine) => {
    const message = await engine.reviews.requestChanges({ agent: word, note });
    return message.ok ? ok({ message: message.value, idle: leavesIdle(engine) }) : message;
  });
  if (!sent.ok) return sent;
  const { message, idle } = sent.value;
  if (context.json) context.terminal.json(message);
  else context.terminal.print([span("✓ ", "green"), span(`Changes requested, as message #${message.seq}`)]);
  if (idle && !context.json) noteIdle(context);
  return ok(0);
}
