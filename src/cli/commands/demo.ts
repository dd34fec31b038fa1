import { access } from "node:fs/promises";
import { basename } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import type { SpawnCommand } from "../../protocol/commands.ts";
import { demoTeam } from "../../protocol/demo.ts";
import { MICRO } from "../../protocol/money.ts";
import type { AgentRecord, AgentTreeRow, MergeReport, WorkDiff } from "../../protocol/records.ts";
import { agentBranches } from "../checkout.ts";
import { defineCommand, type Input } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { followAgents } from "../follow.ts";
import { type Place, placeClone, placeHere } from "../place.ts";
import { type DemoReport, demoLines } from "../render/demo.ts";
import { emptyLine, span } from "../render/line.ts";
import { shortHash } from "../render/text.ts";
import { parseTeamRequest, teamValues } from "../request.ts";
import { joining } from "../session.ts";
import {
  interruptCode,
  interruptible,
  judgeTeam,
  readTeam,
  reportInterrupt,
  reportStuck,
  unfinishedTeams,
} from "../team.ts";

const demoValues = teamValues({
  model: demoTeam.model,
  budget: demoTeam.budgetUsd / MICRO,
  tokens: demoTeam.budgetTokens,
});

const flags = {
  "in-place": { help: "Work in the repository itself instead of a clone, and merge into its branch" },
  keep: { help: "Keep the clone at the end (the default)" },
  "no-keep": { help: "Remove the clone at the end, unless the team failed" },
} as const;

export const demoCommand = defineCommand({
  name: "demo",
  summary: "Watch a team survey a repository, merge its work and account for it; no key, no network",
  details: [
    `A lead hires an agent for each main folder. Each works in a git worktree of its own on a share of the budget, and\nreports; the lead merges their work, and the result is merged into the branch that is checked out.`,
    "It works on a temporary clone of the repository of the current folder, or of --repo DIR, and leaves that repository\nas it is; with --in-place it works in the repository itself.",
    "--json prints an object with repository, source, branch, agents, messages, budget, merge, diff and remaining.",
  ],
  arguments: {},
  values: demoValues,
  flags,
  async run(input, context) {
    const command = parseTeamRequest(
      {
        task: demoTeam.task,
        name: demoTeam.name,
        role: demoTeam.role,
        model: input.value("model"),
        budget: input.value("budget"),
        tokens: input.value("tokens"),
      },
      demoTeam,
    );
    if (!command.ok) return command;
    const contradiction = wrongFlags(input);
    if (contradiction !== undefined) return refuse("bad_input", contradiction);
    const settings = await context.settings();
    if (!settings.ok) return settings;
    const model = await context.checkModel(command.value.model, context.cwd);
    if (!model.ok) return model;
    return context.interrupts.guard(async (signal) => {
      const place = await (input.flag("in-place")
        ? placeHere(context)
        : placeClone(context, input.flag("no-keep"), signal));
      if (place === undefined) return ok(interruptCode(signal));
      return place.ok ? runDemo(context, place.value, command.value, signal) : place;
    });
  },
});

function wrongFlags(input: Input<never, keyof typeof flags>): string | undefined {
  if (input.flag("keep") && input.flag("no-keep"))
    return "Options --keep and --no-keep contradict each other: give one.";
  if (!input.flag("in-place") || !input.flag("no-keep")) return undefined;
  return "Option --no-keep is about the clone, and --in-place makes none: give one of them.";
}

async function runDemo(
  context: Context,
  place: Place,
  command: SpawnCommand,
  signal: AbortSignal,
): Promise<Result<ExitCode>> {
  if (!context.json) announce(context, place);
  const run = (engine: JoinedEngine) => runTeam(context, engine, place, command, signal);
  const done = await interruptible(signal, () => joining(context, run, { folder: place.root, signal, once: true }));
  await place.leave(done.ok && done.value === 0);
  return done;
}

function announce({ terminal }: Context, { root, source, branch, commit }: Place): void {
  const where = source === null ? "" : `, in a clone: ${root}`;
  const what = `  ${basename(root)}, branch ${branch} at ${shortHash(commit)}${where}`;
  terminal.print([span("Banyan demo", "bold"), span(what)], emptyLine);
}

/** The root when it has ended or can't go on, and what came of merging it. */
interface Outcome {
  readonly root: AgentRecord;
  /** Agents that keep the team, where it can't go on. */
  readonly stuck: readonly AgentTreeRow[];
  /** What the team changed, as it was before the merge. */
  readonly diff: WorkDiff | null;
  /** Null where the team did not complete its task, and nothing was to be merged. */
  readonly merge: Result<MergeReport> | null;
}

async function runTeam(
  context: Context,
  engine: JoinedEngine,
  place: Place,
  command: SpawnCommand,
  signal: AbortSignal,
): Promise<Result<ExitCode>> {
  const ended = await watchTeam(context, engine, command, signal);
  if (ended === undefined) return ok(reportInterrupt(context, engine, signal, place.calls));
  if (!ended.ok) return ended;
  const { root, merge, stuck } = ended.value;
  const failure = merge === null || merge.ok || merge.refusal.code === "nothing_to_merge" ? null : merge;
  const report = await readDemo(engine, place, ended.value);
  if (!report.ok) return report;
  if (context.json) context.terminal.json(report.value);
  else {
    const kept = place.kept || root.status !== "completed" || failure !== null;
    context.terminal.print(...demoLines(report.value, kept ? place.calls : null, context.terminal.width()));
  }
  if (stuck.length > 0) return ok(await reportStuck(context, engine, stuck, place.calls));
  return failure ?? ok(judgeTeam(context, root, place.calls.banyan(`show ${root.id}`)));
}

/** Runs the team to its end and merges its work; undefined when it was interrupted. */
async function watchTeam(
  context: Context,
  engine: JoinedEngine,
  command: SpawnCommand,
  signal: AbortSignal,
): Promise<Result<Outcome> | undefined> {
  let id = "";
  let outcome: Outcome | undefined;
  const course = await followAgents(
    context,
    engine,
    {
      title: `A team at work with ${command.model}`,
      rows: async () => unfinishedTeams(await engine.agents.tree(), id),
      async begin() {
        const spawned = await engine.agents.spawn(command);
        if (spawned.ok) id = spawned.value.id;
        return spawned.ok ? ok([id]) : spawned;
      },
      async last() {
        const root = await engine.agents.find(id);
        if (root.ok) outcome = await mergeTeam(engine, root.value);
      },
    },
    signal,
  );
  if (!course.ok) return course;
  if (course.value.kind === "interrupted") return undefined;
  if (outcome !== undefined) return ok(outcome);
  const root = await engine.agents.find(id);
  const stuck = course.value.kind === "stuck" ? course.value.agents : [];
  return root.ok ? ok({ root: root.value, stuck, diff: await diffOf(engine, id), merge: null }) : root;
}

async function mergeTeam(engine: Engine, root: AgentRecord): Promise<Outcome> {
  const diff = await diffOf(engine, root.id);
  const merge = root.status === "completed" ? await engine.worktrees.merge(root.id) : null;
  return { root, stuck: [], diff, merge };
}

async function diffOf(engine: Engine, agentId: string): Promise<WorkDiff | null> {
  const diff = await engine.worktrees.diff(agentId);
  return diff.ok ? diff.value : null;
}

async function readDemo(engine: Engine, place: Place, { root, diff, merge }: Outcome): Promise<Result<DemoReport>> {
  const team = await readTeam(engine, root);
  if (!team.ok) return team;
  const messages = await engine.messages.list();
  if (!messages.ok) return messages;
  const members = new Set(team.value.agents.map(({ id }) => id));
  return ok({
    repository: place.root,
    source: place.source,
    branch: place.branch,
    agents: team.value.agents,
    messages: messages.value.filter(({ recipientId }) => members.has(recipientId)),
    budget: team.value.budget,
    merge: merge?.ok ? { commit: merge.value.mergeCommit, files: merge.value.files } : null,
    diff,
    remaining: {
      worktrees: await foldersThere((await engine.worktrees.list()).map(({ path }) => path)),
      branches: await agentBranches(place.root),
    },
  });
}

async function foldersThere(paths: readonly string[]): Promise<readonly string[]> {
  const isThere = async (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  const there = await Promise.all(paths.map(isThere));
  return paths.filter((_, index) => there[index]);
}
