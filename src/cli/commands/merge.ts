import { ok, type Result } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { MergeReport, WorkDiff } from "../../protocol/records.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { statLines } from "../render/diff.ts";
import { type Line, line, span, stacked } from "../render/line.ts";
import { plural, shortHash } from "../render/text.ts";
import { commanding } from "../session.ts";

export const mergeCommand = defineCommand({
  name: "merge",
  summary: "Merge a team's work into the branch that it started from",
  details: [
    "AGENT is the root of a team. The merge happens whole or not at all.",
    "--json prints an object with agent, branch, mergeCommit and files.",
  ],
  arguments: { agent: { ...agentArgument, help: "The root of a team: its name, its id, or the start of its id" } },
  values: {},
  flags: {},
  async run(input, context) {
    const word = input.argument("agent");
    const merged = await commanding(context, word, (engine) => mergeTeam(engine, word));
    if (!merged.ok) return merged;
    const { agent, branch, mergeCommit, files } = merged.value;
    if (context.json) context.terminal.json({ agent, branch, mergeCommit, files });
    else context.terminal.print(...mergedLines(merged.value));
    return ok(0);
  },
});

interface Merged extends MergeReport {
  readonly agent: { readonly id: string; readonly name: string };
  /** What it was merged into. */
  readonly branch: string;
  readonly diff: WorkDiff | null;
  /** There was nothing left to do: it had been merged before. */
  readonly again: boolean;
}

async function mergeTeam(engine: Engine, word: string): Promise<Result<Merged>> {
  const found = await engine.agents.find(word);
  if (!found.ok) return found;
  const { id, name } = found.value;
  const diff = await engine.worktrees.diff(id);
  const before = (await engine.worktrees.list()).find(({ agentId }) => agentId === id);
  const report = await engine.worktrees.merge(id);
  if (!report.ok) return report;
  return ok({
    ...report.value,
    agent: { id, name },
    branch: before?.targetBranch ?? "HEAD",
    diff: diff.ok ? diff.value : null,
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
