import { ok, type Result } from "../base/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { JoinedEngine } from "../engine/join/join.ts";
import type { AgentRecord, AgentTreeRow } from "../protocol/records.ts";
import { isEnded } from "../protocol/words.ts";
import type { Context, ExitCode } from "./context.ts";
import type { TeamReport } from "./render/team.ts";

/** The agent's record once it has ended; undefined when the signal came first. */
export async function untilEnded(
  engine: Engine,
  agentId: string,
  signal: AbortSignal,
): Promise<Result<AgentRecord> | undefined> {
  try {
    return await engine.agents.whenEnded(agentId, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
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

/** Says which teams nobody runs any more when this process leaves. */
export async function reportParked(context: Context, engine: JoinedEngine): Promise<void> {
  if (engine.role.kind !== "leader" || engine.clients > 0) return;
  const roots = unfinishedTeams(await engine.agents.tree()).filter(({ parentId }) => parentId === null);
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

/** 0 for a team that completed its task; otherwise 1, after a line that says why and where to `look`. */
export function judgeTeam(context: Context, root: AgentRecord, look: string): 0 | 1 {
  if (root.status === "completed") return 0;
  const why = root.reason === null ? "" : `: ${root.reason.replace(/\.$/, "")}`;
  context.terminal.complain(
    `The team ${root.status === "failed" ? "failed" : "was stopped"}${why}. Look at it with: ${look}`,
  );
  return 1;
}
