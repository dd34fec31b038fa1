import { ok, type Result } from "../../base/errors.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { emptyLine, type Line, line } from "../render/line.ts";
import { nextLines } from "../render/team.ts";
import { treeLines } from "../render/tree.ts";
import { joining, reading } from "../session.ts";
import { interruptible, judgeTeam, reportInterrupt, unfinishedTeams, untilEnded, wordFor } from "../team.ts";
import { watchEngine } from "../watch.ts";

export const resumeCommand = defineCommand({
  name: "resume",
  summary: "Go on with every team that a stop or a crash left unfinished",
  details: [
    "Shows them at work until all have ended. Exits with 0 if all completed their tasks, and with 1 otherwise. --json\nprints an array with one object an agent.",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    const parked = await reading(context, async (engine) => ok(unfinishedTeams(await engine.agents.tree())));
    if (!parked.ok) return parked;
    if (parked.value.length > 0) {
      const roots = parked.value.filter(({ parentId }) => parentId === null).map(({ id }) => id);
      return context.interrupts.guard((signal) =>
        interruptible(signal, () => joining(context, (engine) => goOn(context, engine, roots, signal), { signal })),
      );
    }
    if (context.json) context.terminal.json([]);
    else context.terminal.print(line("No team is unfinished"));
    return ok(0);
  },
});

async function goOn(
  context: Context,
  engine: JoinedEngine,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<Result<ExitCode>> {
  const teams = async () => (await engine.agents.tree()).filter(({ rootId }) => roots.includes(rootId));
  const watch = await watchEngine(context, engine, { title: "Going on", rows: teams });
  try {
    await engine.start();
    for (const root of roots) {
      const ended = await untilEnded(engine, root, signal);
      if (ended === undefined) break;
      if (!ended.ok) return ended;
    }
  } finally {
    await watch.close();
  }
  return signal.aborted
    ? ok(reportInterrupt(context, engine, signal))
    : report(context, await engine.agents.tree(), roots);
}

function report(context: Context, all: readonly AgentTreeRow[], roots: readonly string[]): Result<ExitCode> {
  const rows = all.filter(({ rootId }) => roots.includes(rootId));
  if (context.json) context.terminal.json(rows);
  else context.terminal.print(...treeLines(rows, { ids: true, frame: null }), ...whatNext(context, rows, all));
  const failed = rows.find((row) => row.parentId === null && row.status !== "completed");
  return ok(failed === undefined ? 0 : judgeTeam(context, failed, context.calls.banyan(`show ${failed.id}`)));
}

/** For each team that completed its task. */
const whatNext = ({ calls }: Context, rows: readonly AgentTreeRow[], all: readonly AgentTreeRow[]): Line[] =>
  rows
    .filter((row) => row.parentId === null && row.status === "completed")
    .flatMap((root) => [emptyLine, ...nextLines(root, wordFor(root, all), calls)]);
