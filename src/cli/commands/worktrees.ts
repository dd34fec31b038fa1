import { ok } from "../../base/errors.ts";
import { defineCommand } from "../command.ts";
import { line } from "../render/line.ts";
import { namesOf } from "../render/messages.ts";
import { worktreeLines } from "../render/worktrees.ts";
import { readingOr } from "../session.ts";

export const worktreesListCommand = defineCommand({
  name: "worktrees list",
  summary: "Show the worktrees: whose, which branch, merged or not, where",
  details: ["--json prints an array with one object a worktree."],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    const { terminal } = context;
    const nothing = { worktrees: [], nameOf: namesOf([]) };
    const found = await readingOr(context, nothing, async (engine) =>
      ok({ worktrees: await engine.worktrees.list(), nameOf: namesOf(await engine.agents.tree()) }),
    );
    if (!found.ok) return found;
    const { worktrees, nameOf } = found.value;
    if (context.json) terminal.json(worktrees);
    else if (worktrees.length === 0) terminal.print(line("No worktrees yet"));
    else terminal.print(...worktreeLines(worktrees, nameOf));
    return ok(0);
  },
});
