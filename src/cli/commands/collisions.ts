import { ok } from "../../base/errors.ts";
import { defineCommand } from "../command.ts";
import { collisionLines } from "../render/collisions.ts";
import { line } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { readingOr } from "../session.ts";

export const collisionsCommand = defineCommand({
  name: "collisions",
  summary: "Show whose work would conflict as things are now: with whose, or with your branch, in which files",
  details: [
    "Found without touching a file, from what each agent has in its worktree. Nothing has to be done: what collides now\nmay be merged in an order that doesn't, or be resolved when it is merged.",
    "--json prints an array with one object a collision: agentId, otherId (null: a branch of yours), otherBranch, files.",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    const { terminal } = context;
    const nothing = { collisions: [], nameOf: namesOf([]) };
    const found = await readingOr(context, nothing, async (engine) =>
      ok({ collisions: await engine.worktrees.collisions(), nameOf: namesOf(await engine.agents.tree()) }),
    );
    if (!found.ok) return found;
    const { collisions, nameOf } = found.value;
    if (context.json) terminal.json(collisions);
    else if (collisions.length === 0) terminal.print(line("No work collides"));
    else terminal.print(...collisionLines(collisions, nameOf));
    return ok(0);
  },
});
