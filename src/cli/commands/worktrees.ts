import { resolve } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Backend } from "../../engine/remote/backend.ts";
import { clashesByAgent } from "../../protocol/collisions.ts";
import type { CleanCommand } from "../../protocol/commands.ts";
import { agentArgument, defineCommand, type Input } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { emptyLine, line, span } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { cleanedLines, leftOutLines, orphanLines, removedLines, worktreeLines } from "../render/worktrees.ts";
import { changing, changingAfter, commanding, reading, readingOr } from "../session.ts";

export const worktreesListCommand = defineCommand({
  name: "worktrees list",
  summary: "Show the worktrees: whose, which branch, merged or not, where, and what can be brought back",
  details: [
    "Below them stand those that were removed, and orphans: folders, branches and snapshots that no agent has.",
    "--json prints an array with one object a worktree; with --orphans one object an orphan.",
  ],
  arguments: {},
  values: {},
  flags: { orphans: { help: "Show what no agent has, alone" } },
  async run(input, context) {
    const { terminal } = context;
    const found = await readingOr(context, nothing, readAll);
    if (!found.ok) return found;
    const { worktrees, orphans, leftOut, collisions, nameOf } = found.value;
    const alone = input.flag("orphans");
    if (context.json) terminal.json(alone ? orphans : worktrees);
    else if (alone && orphans.length === 0) terminal.print(line("No orphans"));
    else if (!alone && worktrees.length === 0 && orphans.length === 0) terminal.print(line("No worktrees yet"));
    else {
      const removed = worktrees.filter(({ status }) => status === "removed");
      if (!alone && worktrees.length > 0) {
        terminal.printAll(worktreeLines(worktrees, nameOf, clashesByAgent(collisions)));
      }
      if (!alone && removed.length > 0) terminal.printAll([emptyLine, ...removedLines(removed, leftOut, nameOf)]);
      if (orphans.length > 0) terminal.printAll([...(alone ? [] : [emptyLine]), ...orphanLines(orphans)]);
      terminal.printAll(hints(context, removed.length > 0, orphans.length > 0));
    }
    return ok(0);
  },
});

const nothing = { worktrees: [], orphans: [], leftOut: {}, collisions: [], nameOf: namesOf([]) };

async function readAll(engine: Backend) {
  return ok({
    worktrees: await engine.worktrees.list(),
    orphans: await engine.worktrees.orphans(),
    leftOut: await engine.worktrees.leftOut(),
    collisions: await engine.worktrees.collisions(),
    nameOf: namesOf(await engine.agents.tree()),
  });
}

const hints = ({ calls }: Context, removed: boolean, orphans: boolean) => [
  ...(removed || orphans ? [emptyLine] : []),
  ...(removed ? [line(`Bring one back with: ${calls.banyan("worktrees restore AGENT")}`, "dim")] : []),
  ...(orphans ? [line(`Keep and remove orphans with: ${calls.banyan("worktrees clean --orphans")}`, "dim")] : []),
];

const cleanFlags = {
  merged: { help: "Of agents that have ended, those whose work is merged (the default)" },
  "all-ended": { help: "Of all agents that have ended, merged or not" },
  orphans: { help: "What no agent has, too; what is in it is kept under refs/banyan/orphans" },
  purge: { help: "Forget what is kept of them beside their branches: uncommitted and ignored files, for good" },
  yes: { help: "Do it; without this it is only said what would be done" },
} as const;

export const worktreesCleanCommand = defineCommand({
  name: "worktrees clean",
  summary: "Remove worktrees of agents that have ended; all that is in them is kept",
  details: [
    "Branches always stay. Uncommitted, untracked and ignored files are kept under refs of their own, up to a size, and\ncome back with: banyan worktrees restore. Without --yes nothing is changed.",
    "Exits with 1 if something that was to go stays. --json prints an object with removed, purged, orphans and stays.",
  ],
  examples: ["worktrees clean", "worktrees clean parser --yes", "worktrees clean --all-ended --orphans --yes"],
  arguments: { agent: { ...agentArgument, presence: "optional" } },
  values: {},
  flags: cleanFlags,
  async run(input, context) {
    const command = commandOf(input);
    if (!command.ok) return command;
    return input.flag("yes") ? cleanUp(context, command.value) : preview(context, command.value);
  },
});

function commandOf(input: Input<never, keyof typeof cleanFlags, "agent">): Result<CleanCommand> {
  const agent = input.optional("agent");
  const [merged, ended] = [input.flag("merged"), input.flag("all-ended")];
  if (merged && ended) {
    return refuse("bad_input", "Options --merged and --all-ended contradict each other: give one.");
  }
  if (agent !== undefined && (merged || ended)) {
    return refuse("bad_input", "An agent and --merged or --all-ended contradict each other: give one of them.");
  }
  return ok({
    agents: agent === undefined ? [] : [agent],
    which: ended ? "ended" : "merged",
    orphans: input.flag("orphans"),
    purge: input.flag("purge"),
    dryRun: false,
  });
}

async function preview(context: Context, command: CleanCommand): Promise<Result<ExitCode>> {
  const { terminal } = context;
  const found = await reading(context, (engine) => engine.worktrees.clean({ ...command, dryRun: true }));
  if (!found.ok) return found;
  if (context.json) {
    terminal.json(found.value);
    return ok(0);
  }
  terminal.printAll(cleanedLines(found.value, "would be"));
  const { removed, purged, orphans } = found.value;
  if (removed.length + purged.length + orphans.length > 0) terminal.note("Nothing was changed. Do it with --yes.");
  return ok(0);
}

async function cleanUp(context: Context, command: CleanCommand): Promise<Result<ExitCode>> {
  const look = (engine: Backend) => engine.worktrees.clean({ ...command, dryRun: true });
  const act = (engine: Backend) => engine.worktrees.clean(command);
  const cleaned = await (command.orphans ? changing(context, act) : changingAfter(context, look, act));
  if (!cleaned.ok) return cleaned;
  if (context.json) context.terminal.json(cleaned.value);
  else context.terminal.printAll(cleanedLines(cleaned.value, "is"));
  return ok(cleaned.value.stays.length === 0 ? 0 : 1);
}

export const worktreesRestoreCommand = defineCommand({
  name: "worktrees restore",
  summary: "Make a worktree again as it was, or write what is kept of one into a folder",
  details: [
    "The branch as it is, and on top of it, uncommitted as they were, the changes that the last snapshot holds, unless the\nbranch has moved since; ignored files too. An orphan is written into a folder, with --to.",
    "--json prints an object with path, filesCommit, ignoredCommit and leftOut.",
  ],
  examples: ["worktrees restore parser", "worktrees restore parser --to ../parser-files"],
  arguments: {
    agent: { ...agentArgument, placeholder: "AGENT|ORPHAN", help: "An agent's name or id, or an orphan's name" },
  },
  values: {
    to: {
      placeholder: "FOLDER",
      example: "../files",
      help: "Write the files there, as no worktree; it must not exist",
    },
  },
  flags: {},
  async run(input, context) {
    const word = input.argument("agent");
    const to = input.value("to");
    const folder = to === undefined ? undefined : resolve(context.cwd, to);
    const restore = (engine: Backend) => engine.worktrees.restore(word, folder);
    // An orphan may be all that is left of a store that was lost.
    const restored = await (folder === undefined ? commanding(context, word, restore) : changing(context, restore));
    if (!restored.ok) return restored;
    const { path, leftOut } = restored.value;
    if (context.json) context.terminal.json(restored.value);
    else {
      context.terminal.print([span("✓ ", "green"), span(word, "bold"), span(`  is back in ${path}`)]);
      if (leftOut.length > 0) context.terminal.printAll(leftOutLines(leftOut));
    }
    return ok(0);
  },
});
