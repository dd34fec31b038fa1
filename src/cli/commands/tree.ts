import { ok, type Result } from "../../base/errors.ts";
import type { ReadEngine } from "../../engine/join/read.ts";
import { clashesByAgent } from "../../protocol/collisions.ts";
import type { AgentTreeRow, Collision, MessageItem } from "../../protocol/records.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { emptyLine, type Line, line } from "../render/line.ts";
import { treeLines } from "../render/tree.ts";
import { readingOr } from "../session.ts";
import { unfinishedTeams } from "../team.ts";

export const treeCommand = defineCommand({
  name: "tree",
  summary: "Show all agents as a tree, with what each did and used",
  details: [
    "TURNS, TOKENS and COST are the agent's own; INCL. BELOW is its cost and that of all below it. What stands there is\nin the COST of others too: never add the two. A narrow terminal leaves columns out.",
    "--json prints an array with one object an agent, depth first.",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    const { terminal } = context;
    const found = await readingOr(context, { rows: [], leader: null, dead: [], collisions: [] }, readTree);
    if (!found.ok) return found;
    const { rows: agents, leader, dead, collisions } = found.value;
    const clashes = clashesByAgent(collisions);
    if (context.json) terminal.json(agents);
    else if (agents.length === 0) terminal.print(line("No agents yet"));
    else
      terminal.print(
        ...treeLines(agents, { ids: true, frame: null, width: terminal.width(), dead: countsOf(dead), clashes }),
        ...runnerLines(context, agents, leader),
      );
    return ok(0);
  },
});

interface Seen {
  readonly rows: readonly AgentTreeRow[];
  /** Who runs them, where somebody does. */
  readonly leader: string | null;
  /** Messages that could not be delivered. */
  readonly dead: readonly MessageItem[];
  readonly collisions: readonly Collision[];
}

async function readTree({ agents, messages, worktrees, leader }: ReadEngine): Promise<Result<Seen>> {
  const dead = await messages.deadLetters();
  if (!dead.ok) return dead;
  const [rows, collisions] = [await agents.tree(), await worktrees.collisions()];
  return ok({ rows, leader, dead: dead.value, collisions });
}

/** How many there are for each agent. */
function countsOf(dead: readonly MessageItem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { recipientId } of dead) counts.set(recipientId, (counts.get(recipientId) ?? 0) + 1);
  return counts;
}

/** Who runs what has not ended: nothing goes on by itself. */
function runnerLines({ calls }: Context, rows: readonly AgentTreeRow[], leader: string | null): Line[] {
  if (unfinishedTeams(rows).length === 0) return [];
  const runner =
    leader === null ? `Nobody runs what has not ended. It goes on with: ${calls.banyan("resume")}` : `Run by ${leader}`;
  return [emptyLine, line(runner, "dim")];
}
