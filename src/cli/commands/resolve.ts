import { ok, type Result, refuse } from "../../base/errors.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import type { Resolution, Review } from "../../protocol/records.ts";
import { parseChoice } from "../choice.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { type Line, line, span } from "../render/line.ts";
import { plural } from "../render/text.ts";
import { commanding, reading } from "../session.ts";
import { shellWord } from "../shell.ts";
import { leavesIdle, noteIdle } from "../team.ts";

const who = ["agent", "user"] as const;
type Who = (typeof who)[number];

const values = {
  by: { placeholder: "WHO", example: "agent", help: "agent: it is told and goes on; user: you edit the files" },
} as const;
const flags = {
  finish: { help: "Commit what you resolved, on the agent's branch" },
  abandon: { help: "Put the worktree back to before; what was resolved is kept in a snapshot" },
} as const;
type Given = Input<keyof typeof values, keyof typeof flags, "agent">;

export const resolveCommand = defineCommand({
  name: "resolve",
  summary: "Resolve what an agent's work conflicts in with the branch that it is to be merged into",
  details: [
    "The branch is merged into the agent's own, in its worktree: your checkout stays as it is. There the conflicts stand,\nfor the agent or for you, until they are resolved; then the agent's work merges cleanly. Without an option, what is\nstill to be resolved is shown.",
    "--json prints an object with agentId, path, targetBranch, targetCommit and files, or null where nothing is resolved.",
  ],
  examples: ["resolve lead --by agent", "resolve lead --by user", "resolve lead --finish", "resolve lead --abandon"],
  arguments: { agent: agentArgument },
  values,
  flags,
  async run(input, context) {
    const by = parseChoice<Who>("way to resolve", input.value("by"), who);
    if (!by.ok) return by;
    const wrong = wrongTogether(input);
    if (wrong !== undefined) return refuse("bad_input", wrong);
    const word = input.argument("agent");
    if (input.flag("finish")) return end(context, word, "finish");
    if (input.flag("abandon")) return end(context, word, "abandon");
    return by.value === undefined ? look(context, word) : begin(context, word, by.value);
  },
});

function wrongTogether(input: Given): string | undefined {
  const given = [
    ...(input.value("by") === undefined ? [] : ["--by"]),
    ...(["finish", "abandon"] as const).filter((name) => input.flag(name)).map((name) => `--${name}`),
  ];
  return given.length < 2 ? undefined : `Options ${given.join(" and ")} contradict each other: give one.`;
}

async function begin(context: Context, word: string, by: Who): Promise<Result<ExitCode>> {
  const begun = await commanding(context, word, async (engine) => {
    const resolution = await engine.worktrees.resolve(word, by);
    return resolution.ok ? ok({ resolution: resolution.value, idle: leavesIdle(engine) }) : resolution;
  });
  if (!begun.ok) return begun;
  const { resolution, idle } = begun.value;
  if (context.json) context.terminal.json(resolution);
  else if (by === "agent") context.terminal.print([span("✓ ", "green"), span(toldWords(resolution))]);
  else context.terminal.print(...resolutionLines(context, word, resolution));
  if (by === "agent" && idle && !context.json) noteIdle(context);
  return ok(0);
}

const toldWords = ({ files, targetBranch }: Resolution): string =>
  `The agent is told to resolve ${plural(files.length, "file")} against ${targetBranch}`;

/** Where the conflicts stand, and what to do next. */
function resolutionLines({ calls }: Context, word: string, { path, files, targetBranch }: Resolution): Line[] {
  const name = shellWord(word);
  const left =
    files.length === 0
      ? line(`All conflicts with ${targetBranch} are resolved in ${path}`)
      : line(`${plural(files.length, "file")} to resolve against ${targetBranch}, in ${path}`);
  return [
    left,
    ...files.map((file) => [span("  ! ", "yellow"), span(file)]),
    line(`Edit them there, then: ${calls.banyan(`resolve ${name} --finish`)}`, "dim"),
    line(`Or leave it as it was: ${calls.banyan(`resolve ${name} --abandon`)}`, "dim"),
  ];
}

async function end(context: Context, word: string, how: "finish" | "abandon"): Promise<Result<ExitCode>> {
  const ending = ({ worktrees }: JoinedEngine) =>
    how === "finish" ? worktrees.finishResolution(word) : worktrees.abandonResolution(word);
  const ended = await commanding(context, word, ending);
  if (!ended.ok) return ended;
  const { terminal, calls } = context;
  if (context.json) terminal.json(null);
  else if (how === "abandon")
    terminal.print(line("The worktree is as it was before; what was resolved is in a snapshot"));
  else {
    terminal.print([span("✓ ", "green"), span("Resolved", "bold"), span("  it is on the agent's branch now")]);
    terminal.print(line(`Merge it with: ${calls.banyan(`merge ${shellWord(word)}`)}`, "dim"));
  }
  return ok(0);
}

async function look(context: Context, word: string): Promise<Result<ExitCode>> {
  const review = await reading(context, (engine) => engine.reviews.get(word));
  if (!review.ok) return review;
  const { resolution } = review.value;
  if (context.json) context.terminal.json(resolution);
  else if (resolution !== null) context.terminal.print(...resolutionLines(context, word, resolution));
  else context.terminal.print(...conflictLines(context, word, review.value));
  return ok(0);
}

function conflictLines({ calls }: Context, word: string, { conflicts, worktree }: Review): Line[] {
  if (conflicts.length === 0) return [line(`Nothing to resolve: it merges cleanly into ${worktree.targetBranch}`)];
  const name = shellWord(word);
  return [
    line(`It conflicts with ${worktree.targetBranch} in ${plural(conflicts.length, "file")}`),
    ...conflicts.map((file) => [span("  ! ", "yellow"), span(file)]),
    line(`Let the agent resolve it: ${calls.banyan(`resolve ${name} --by agent`)}`, "dim"),
    line(`Resolve it yourself: ${calls.banyan(`resolve ${name} --by user`)}`, "dim"),
  ];
}
