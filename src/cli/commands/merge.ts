import { ok, type Refusal, type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { MergeCommandInput } from "../../protocol/commands.ts";
import type { MergeReport, WorkDiff } from "../../protocol/records.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import { type Context, type ExitCode, exitCodeOf } from "../context.ts";
import { statLines } from "../render/diff.ts";
import { type Line, line, span, stacked } from "../render/line.ts";
import { plural, shortHash } from "../render/text.ts";
import { commanding } from "../session.ts";
import { shellWord } from "../shell.ts";

const values = {
  into: { placeholder: "BRANCH", example: "main", help: "A branch of yours other than the one that it is meant for" },
  message: { placeholder: "TEXT", example: '"Add the parser"', help: "The commit's message (default: from the task)" },
} as const;
const flags = {
  squash: { help: "One commit on top of the branch, without the agent's history" },
  "accepted-only": { help: "Only what you accepted of it (banyan review); the rest stays on the agent's branch" },
  undo: { help: "Take the last merge back, as long as nothing came on top" },
} as const;
type Given = Input<keyof typeof values, keyof typeof flags, "agent">;

export const mergeCommand = defineCommand({
  name: "merge",
  summary: "Merge a team's work into the branch that it started from, or into another one",
  details: [
    "AGENT is the root of a team. The merge happens whole or not at all, and the repository's own hooks run on it. Where\nit would conflict nothing is touched, and what can be done is said.",
    "--json prints an object with agent, branch, mergeCommit and files; with --undo, the merge that was taken back.",
  ],
  examples: ["merge lead", 'merge lead --into release --squash --message "Add the parser"', "merge lead --undo"],
  arguments: { agent: { ...agentArgument, help: "The root of a team: its name, its id, or the start of its id" } },
  values,
  flags,
  async run(input, context) {
    const word = input.argument("agent");
    if (input.flag("undo")) return undo(input, context, word);
    const command: MergeCommandInput = {
      into: input.value("into"),
      message: input.value("message"),
      manner: input.flag("squash") ? "squash" : "merge",
      acceptedOnly: input.flag("accepted-only"),
    };
    const merged = await commanding(context, word, (engine) => mergeTeam(engine, word, command));
    if (!merged.ok) return ok(explain(context, merged.refusal, word));
    const { agent, branch, mergeCommit, files } = merged.value;
    if (context.json) context.terminal.json({ agent, branch, mergeCommit, files });
    else context.terminal.print(...mergedLines(merged.value));
    return ok(0);
  },
});

/** Prints why nothing was merged, all that a hook wrote included, and the ways on. */
function explain({ terminal, calls }: Context, refusal: Refusal, word: string): ExitCode {
  const [first = "", ...more] = refusal.message.split("\n");
  terminal.complain(first);
  for (const each of more.filter((text) => text.trim() !== "")) terminal.note(each);
  if (refusal.code === "conflict") {
    const name = shellWord(word);
    terminal.note(`Let the agent resolve it: ${calls.banyan(`resolve ${name} --by agent`)}`);
    terminal.note(`Resolve it yourself: ${calls.banyan(`resolve ${name} --by user`)}`);
  }
  return exitCodeOf(refusal);
}

async function undo(input: Given, context: Context, word: string): Promise<Result<ExitCode>> {
  const others = ["into", "message", "squash", "accepted-only"] as const;
  const [other] = others.filter((name) =>
    name === "into" || name === "message" ? input.value(name) !== undefined : input.flag(name),
  );
  if (other !== undefined) {
    return refuse("bad_input", `Options --undo and --${other} contradict each other: --undo goes alone.`);
  }
  const undone = await commanding(context, word, (engine) => engine.worktrees.undoMerge(word));
  if (!undone.ok) return undone;
  const { targetBranch, targetBefore } = undone.value;
  const back = `  ${targetBranch} is at ${shortHash(targetBefore)} again`;
  if (context.json) context.terminal.json(undone.value);
  else context.terminal.print([span("✓ ", "green"), span("Took the merge back", "bold"), span(back)]);
  return ok(0);
}

interface Merged extends MergeReport {
  readonly agent: { readonly id: string; readonly name: string };
  /** What it was merged into. */
  readonly branch: string;
  /** Null where not all of it was merged. */
  readonly diff: WorkDiff | null;
  /** There was nothing left to do: it had been merged before. */
  readonly again: boolean;
}

async function mergeTeam(engine: Engine, word: string, command: MergeCommandInput): Promise<Result<Merged>> {
  const found = await engine.agents.find(word);
  if (!found.ok) return found;
  const { id, name } = found.value;
  const diff = command.acceptedOnly === true ? undefined : await engine.worktrees.diff(id);
  const before = (await engine.worktrees.list()).find(({ agentId }) => agentId === id);
  const report = await engine.worktrees.merge(id, command);
  if (!report.ok) return report;
  return ok({
    ...report.value,
    agent: { id, name },
    branch: command.into ?? before?.targetBranch ?? "HEAD",
    diff: diff?.ok ? diff.value : null,
    again: before?.mergeCommit === report.value.mergeCommit,
  });
}

function mergedLines({ agent, branch, mergeCommit, files, diff, again }: Merged): Line[] {
  if (files.length === 0 && !again) return [line(`Nothing to merge: ${branch} has all of ${agent.name}'s work`)];
  const what = again ? `${agent.name} is merged already` : `Merged ${agent.name}`;
  const into = `  ${plural(files.length, "file")} into ${branch} as ${shortHash(mergeCommit)}`;
  const heading = [span("✓ ", "green"), span(what, "bold"), span(into)];
  return stacked([heading], diff === null ? files.map((file) => line(file)) : statLines(diff));
}
