import { ok, type Result } from "../base/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { JoinedEngine } from "../engine/join/join.ts";
import type { AgentRecord } from "../protocol/records.ts";
import type { Context, ExitCode } from "./context.ts";
import { followAgents } from "./follow.ts";
import { teamReportLines } from "./render/team.ts";
import { judgeTeam, readTeam, reportInterrupt, reportParked, reportStuck, unfinishedTeams, wordFor } from "./team.ts";

interface AgentRun {
  readonly title: string;
  /** Asks for what is to be done; answers the agent that does it. */
  begin(): Promise<Result<AgentRecord>>;
}

/** Shows an agent at work until it has ended or can't go on, then what its team did. Answers the exit code. */
export async function runAgent(
  context: Context,
  engine: JoinedEngine,
  { title, begin }: AgentRun,
  signal: AbortSignal,
): Promise<Result<ExitCode>> {
  let agent: AgentRecord | undefined;
  const rows = async () => unfinishedTeams(await engine.agents.tree());
  const course = await followAgents(
    context,
    engine,
    {
      title,
      rows,
      async begin() {
        const begun = await begin();
        if (!begun.ok) return begun;
        agent = begun.value;
        return ok([agent.id]);
      },
    },
    signal,
  );
  if (!course.ok) return course;
  if (agent === undefined) throw new Error("nothing was begun");
  if (course.value.kind === "interrupted") {
    if (context.json) await printDocument(context, engine, agent.id);
    return ok(reportInterrupt(context, engine, signal));
  }
  const report = await readReport(engine, agent.id);
  if (!report.ok) return report;
  const ended = report.value.agent;
  const word = wordFor(ended, await engine.agents.tree());
  if (context.json) context.terminal.json(report.value);
  else context.terminal.print(...teamReportLines(report.value, word, context.calls, context.terminal.width()));
  if (course.value.kind === "stuck") {
    const code = await reportStuck(context, engine, course.value.agents);
    if (!context.json) await reportParked(context, engine, course.value.agents);
    return ok(code);
  }
  if (!context.json) await reportParked(context, engine);
  return ok(judgeTeam(context, ended, context.calls.banyan(`show ${word}`)));
}

async function readReport(engine: Engine, id: string) {
  const agent = await engine.agents.find(id);
  return agent.ok ? readTeam(engine, agent.value) : agent;
}

/** What can be told of an agent that has not ended. */
async function printDocument(context: Context, engine: Engine, id: string): Promise<void> {
  const report = await readReport(engine, id);
  if (report.ok) context.terminal.json(report.value);
}
