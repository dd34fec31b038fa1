import { z } from "zod";
import { failRefused, fittingLines, plural, quotePath } from "./text.ts";
import { failWith, succeed, type Tool, type ToolOutcome, type UncommittedPath, type WorktreeStatus } from "./tool.ts";

const MAX_HINTS = 10;

const input = z.strictObject({
  offset: z.int().min(0).default(0).describe("Uncommitted paths to pass over first"),
  limit: z.int().min(1).max(1000).default(200).describe("How many uncommitted paths at most"),
});

/** Its result: the branch and where it stands, then one uncommitted path a line, `M  src/main.ts`, sorted. */
export const statusTool: Tool<z.infer<typeof input>> = {
  name: "status",
  description:
    "Shows your branch, the commit that you started from, where your work goes to, how many commits you have, and what " +
    "is uncommitted, one path a line: `A  path` for new, `M  path` for modified, `D  path` for deleted. It also names " +
    "what git ignores, which is never committed. A last line says how to go on when there is more.",
  input,
  effect: "reads",
  needsWorktree: true,
  async run({ offset, limit }, { history }) {
    const found = await history.status();
    return found.ok ? show(found.value, offset, limit) : failRefused(found.refusal);
  },
};

function show(status: WorktreeStatus, offset: number, limit: number): ToolOutcome {
  const { uncommitted } = status;
  if (offset > 0 && offset >= uncommitted.length) {
    return failWith(`${plural(uncommitted.length, "path")} are uncommitted: offset ${offset} is too far.`);
  }
  const shown = fittingLines(uncommitted.slice(offset, offset + limit).map(pathLine));
  const next = offset + shown.length;
  return succeed(
    [
      ...headOf(status),
      uncommitted.length === 0 ? "Nothing is uncommitted." : `${plural(uncommitted.length, "path")} uncommitted:`,
      ...shown,
      ...(next < uncommitted.length
        ? [`… ${next} of ${uncommitted.length} paths; go on with offset=${next}`]
        : hintsOf(status)),
    ].join("\n"),
  );
}

const headOf = ({ branch, head, base, target, commitsSinceBase }: WorktreeStatus): string[] => [
  `On ${branch} at ${head}`,
  `${plural(commitsSinceBase, "commit")} since the base ${base}`,
  `Your work goes to ${quotePath(target)}`,
];

const LETTERS = { new: "A", modified: "M", deleted: "D" } as const;

const pathLine = ({ path, what }: UncommittedPath): string => `${LETTERS[what]}  ${quotePath(path)}`;

const hintsOf = ({ nested, ignored }: WorktreeStatus): string[] => [
  ...(nested.length === 0 ? [] : [`Repositories of their own, whose files are in no commit: ${some(nested)}`]),
  ...(ignored.length === 0 ? [] : [`Ignored by git, never committed: ${some(ignored)}`]),
];

function some(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_HINTS).map(quotePath).join(", ");
  return paths.length > MAX_HINTS ? `${named} and ${paths.length - MAX_HINTS} more` : named;
}
