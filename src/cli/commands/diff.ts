import { ok } from "../../base/errors.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { patchLines, statLines } from "../render/diff.ts";
import { line } from "../render/line.ts";
import { reading } from "../session.ts";

export const diffCommand = defineCommand({
  name: "diff",
  summary: "Show what an agent changed since it started",
  details: [
    "Prints a unified patch; where the output goes to a file or another program, byte for byte as git apply takes it.\n--json prints an object with baseCommit, headCommit and files.",
  ],
  arguments: { agent: agentArgument },
  values: {},
  flags: { stat: { help: "One line for each file instead of the patch" } },
  async run(input, context) {
    const { terminal } = context;
    const agent = input.argument("agent");
    if (context.json || input.flag("stat")) {
      const diff = await reading(context, (engine) => engine.worktrees.diff(agent));
      if (!diff.ok) return diff;
      if (context.json) terminal.json(diff.value);
      else terminal.print(...statLines(diff.value));
      return ok(0);
    }
    const patch = await reading(context, (engine) => engine.worktrees.patch(agent));
    if (!patch.ok) return patch;
    if (!terminal.isScreen) terminal.raw(patch.value);
    else if (patch.value === "") terminal.print(line("no changes", "dim"));
    else terminal.print(...patchLines(patch.value));
    return ok(0);
  },
});
