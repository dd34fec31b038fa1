import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Backend } from "../../engine/remote/backend.ts";
import { clashesByAgent } from "../../protocol/collisions.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { type AgentPage, agentLines } from "../render/agent.ts";
import { type NameOf, namesOf } from "../render/messages.ts";
import { reading } from "../session.ts";

export const showCommand = defineCommand({
  name: "show",
  summary: "Show one agent: its task, result, cost, budget, worktree and turns",
  details: [
    "--json prints an object with agent, figures, ancestors, budget, worktree, turns,\ndeadMessages and clashes.",
  ],
  arguments: { agent: agentArgument },
  values: {},
  flags: {},
  async run(input, context) {
    const found = await reading(context, (engine) => readPage(engine, input.argument("agent")));
    if (!found.ok) return found;
    const { page, nameOf } = found.value;
    if (context.json) context.terminal.json(document(page));
    else context.terminal.print(...agentLines(page, nameOf, { width: context.terminal.width() }));
    return ok(0);
  },
});

async function readPage(engine: Backend, word: string): Promise<Result<{ page: AgentPage; nameOf: NameOf }>> {
  const found = await engine.agents.find(word);
  if (!found.ok) return found;
  const { id } = found.value;
  const rows = await engine.agents.tree();
  const agent = rows.find((row) => row.id === id);
  if (agent === undefined) return refuse("not_found", `There is no agent "${word}" any more: see banyan tree.`);
  const budget = await engine.budgets.list(id);
  if (!budget.ok) return budget;
  const ancestors = await engine.agents.ancestors(id);
  if (!ancestors.ok) return ancestors;
  const turns = await engine.agents.turns(id);
  if (!turns.ok) return turns;
  const dead = await engine.messages.deadLetters(id);
  if (!dead.ok) return dead;
  const asked = await readAsked(engine, agent.awaitsAnswerTo);
  const worktree = (await engine.worktrees.list()).find(({ agentId }) => agentId === id) ?? null;
  const page = {
    agent,
    ancestors: ancestors.value,
    budget: budget.value,
    worktree,
    turns: turns.value,
    deadMessages: dead.value.length,
    asked,
    clashes: clashesByAgent(await engine.worktrees.collisions()).get(id) ?? [],
  };
  return ok({ page, nameOf: namesOf(rows) });
}

/** The question that an agent waits for an answer to. */
async function readAsked({ messages }: Backend, id: string | null): Promise<AgentPage["asked"]> {
  const question = id === null ? undefined : await messages.find(id);
  return question?.ok ? { seq: question.value.seq } : null;
}

function document({ agent, asked: _asked, ...page }: AgentPage) {
  const { figures, worktree: _, ...record } = agent;
  return { agent: record, figures, ...page };
}
