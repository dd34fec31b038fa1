import { ok, type Result } from "../base/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { JoinedEngine } from "../engine/join/join.ts";
import type { AgentRecord, AgentTreeRow } from "../protocol/records.ts";
import { isEnded } from "../protocol/words.ts";
import type { Context, ExitCode } from "./context.ts";
import { type Need, needsLines } from "./needs.ts";
import type { TeamReport } from "./render/team.ts";
import type { StuckWatch } from "./stuck.ts";

/** How agents went that were waited for. */
export type Course =
  | { readonly kind: "ended" }
  /** Their teams can't go on without the user: these agents keep them. */
  | { readonly kind: "stuck"; readonly agents: readonly AgentTreeRow[] }
  | { readonly kind: "interrupted" };

/** Until all these agents have ended, what is left of their teams is stuck, or the signal comes. */
export async function untilEnded(
  engine: Engine,
  agentIds: readonly string[],
  watch: Pick<StuckWatch, "untilStuck">,
  signal: AbortSignal,
): Promise<Result<Course>> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const allEnded = async (): Promise<Result<Course>> => {
    for (const id of agentIds) {
      const ended = await engine.agents.whenEnded(id, either);
      if (!ended.ok) return ended;
    }
    return ok({ kind: "ended" });
  };
  const stuck = async (): Promise<Result<Course>> =>
    ok({ kind: "stuck", agents: await watch.untilStuck(agentIds, either) });
  const courses = [allEnded(), stuck()];
  try {
    return await Promise.race(courses);
  } catch (error) {
    if (signal.aborted) return ok({ kind: "interrupted" });
    throw error;
  } finally {
    over.abort();
    await Promise.allSettled(courses);
  }
}

/** Rows of the teams whose root goes on, and of the one with the root `also`. */
export function unfinishedTeams(rows: readonly AgentTreeRow[], also?: string): readonly AgentTreeRow[] {
  const goesOn = (row: AgentTreeRow) => row.id === also || (row.parentId === null && !isEnded(row.status));
  const roots = new Set(rows.filter(goesOn).map(({ id }) => id));
  return rows.filter((row) => roots.has(row.rootId));
}

/** The exit code that a guarded signal was aborted with. */
export const interruptCode = (signal: AbortSignal): ExitCode =>
  typeof signal.reason === "number" ? signal.reason : 130;

/** What was given up because of the signal ends with its exit code. */
export async function interruptible(
  signal: AbortSignal,
  work: () => Promise<Result<ExitCode>>,
): Promise<Result<ExitCode>> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && error === signal.reason) return ok(interruptCode(signal));
    throw error;
  }
}

/** Says what becomes of the agents now, unless nobody listens any more. Answers the exit code. */
export function reportInterrupt(
  context: Context,
  { role, clients }: Pick<JoinedEngine, "role" | "clients">,
  signal: AbortSignal,
  calls = context.calls,
): ExitCode {
  const code = interruptCode(signal);
  if (code === 0) return 0;
  if (role.kind === "client") {
    context.terminal.note(`The agents go on: ${role.leader} runs them.`);
    context.terminal.note(`See them with: ${calls.banyan("tree")}`);
  } else if (clients > 0) {
    context.terminal.note("The agents go on: another window or terminal takes over.");
    context.terminal.note(`See them with: ${calls.banyan("tree")}`);
  } else {
    context.terminal.note("Parked: the agents stay where they stand, and nothing is lost.");
    context.terminal.note(`They go on with: ${calls.banyan("resume")}`);
  }
  return code;
}

/** Says what each of these agents waits for, and what to type so that their teams go on. Answers the exit code. */
export async function reportStuck(
  context: Context,
  engine: Engine,
  agents: readonly AgentTreeRow[],
  calls = context.calls,
): Promise<ExitCode> {
  const all = await engine.agents.tree();
  const needs: Need[] = [];
  for (const agent of agents) {
    const budget = await engine.budgets.list(agent.id);
    needs.push({ agent, word: wordFor(agent, all), budget: budget.ok ? budget.value : [] });
  }
  const teams = new Set(agents.map(({ rootId }) => rootId)).size;
  context.terminal.complain(`${teams === 1 ? "The team" : `${teams} teams`} can't go on without you.`);
  for (const each of needsLines(needs, calls)) context.terminal.note(each);
  return 1;
}

/** Whether nobody runs the agents any more when this process leaves. */
export const leavesIdle = ({ role, clients }: Pick<JoinedEngine, "role" | "clients">): boolean =>
  role.kind === "leader" && clients === 0;

/** Says how an agent that nobody runs goes on. */
export const noteIdle = ({ terminal, calls }: Context): void =>
  terminal.note(`Nobody runs it now. It goes on with: ${calls.banyan("resume")}`);

/** Says which teams nobody runs any more when this process leaves; those `told` of are left out. */
export async function reportParked(
  context: Context,
  engine: JoinedEngine,
  told: readonly AgentTreeRow[] = [],
): Promise<void> {
  if (!leavesIdle(engine)) return;
  const known = new Set(told.map(({ rootId }) => rootId));
  const open = unfinishedTeams(await engine.agents.tree());
  const roots = open.filter(({ id, parentId }) => parentId === null && !known.has(id));
  if (roots.length === 0) return;
  const names = roots.map(({ name }) => name).join(", ");
  context.terminal.note(`Parked, not finished: ${names}. Go on with: ${context.calls.banyan("resume")}`);
}

/** The shortest word that names an agent in a command: its name, or its id where others have the same name. */
export const wordFor = (agent: Pick<AgentRecord, "id" | "name">, all: readonly Pick<AgentRecord, "name">[]): string =>
  all.filter(({ name }) => name === agent.name).length === 1 ? agent.name : agent.id;

/** What a team that has ended did and used. */
export async function readTeam(engine: Engine, agent: AgentRecord): Promise<Result<TeamReport>> {
  const budget = await engine.budgets.list(agent.id);
  if (!budget.ok) return budget;
  const diff = await engine.worktrees.diff(agent.id);
  const agents = await engine.agents.tree(agent.id);
  return ok({ agent, agents, budget: budget.value, diff: diff.ok ? diff.value : null });
}

/** 0 for an agent that completed its task; otherwise 1, after a line that says why and where to `look`. */
export function judgeTeam(context: Context, agent: AgentRecord, look: string): 0 | 1 {
  if (agent.status === "completed") return 0;
  const who = agent.parentId === null ? "The team" : agent.name;
  const why = agent.reason === null ? "" : `: ${agent.reason.replace(/\.$/, "")}`;
  context.terminal.complain(
    `${who} ${agent.status === "failed" ? "failed" : "was stopped"}${why}. Look at it with: ${look}`,
  );
  return 1;
}
