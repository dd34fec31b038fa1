import { z } from "zod";
import { cutLine, failRefused, fittingLines, plural } from "./text.ts";
import { type LoggedCommit, succeed, type Tool, type WorktreeLog } from "./tool.ts";

const MAX_SUBJECT_LENGTH = 200;
const MAX_AUTHOR_LENGTH = 60;

const input = z.strictObject({
  offset: z.int().min(0).default(0).describe("Commits to pass over first"),
  limit: z.int().min(1).max(200).default(20).describe("How many commits at most"),
});

/** Its result: one commit a line, `id  2026-01-31 12:00  author  subject`, newest first. */
export const logTool: Tool<z.infer<typeof input>> = {
  name: "log",
  description:
    "Shows the commits of your own branch, newest first, one a line: `id  2026-01-31 12:00  author  subject` (time in " +
    "UTC): first those since you started, then what was there before. A last line says how to go on when there is more.",
  input,
  effect: "reads",
  needsWorktree: false,
  async run({ offset, limit }, { history }) {
    const found = await history.log({ offset, limit });
    return found.ok ? succeed(logText(found.value, offset)) : failRefused(found.refusal);
  },
};

function logText({ base, sinceBase, commits, more }: WorktreeLog, offset: number): string {
  if (commits.length === 0) return "No more commits.";
  const fitting = fittingLines(commits.map(commitLine));
  const since = Math.max(0, Math.min(fitting.length, sinceBase - offset));
  const next = offset + fitting.length;
  return [
    `${plural(sinceBase, "commit")} since the base ${base}${since > 0 ? ":" : ""}`,
    ...fitting.slice(0, since),
    ...(since < fitting.length ? ["Before that:", ...fitting.slice(since)] : []),
    ...(more || fitting.length < commits.length ? [`… more commits; go on with offset=${next}`] : []),
  ].join("\n");
}

const commitLine = ({ id, at, author, subject }: LoggedCommit): string =>
  [
    id.slice(0, 12),
    new Date(at).toISOString().slice(0, "2026-01-31T12:00".length).replace("T", " "),
    cutLine(oneLine(author), MAX_AUTHOR_LENGTH),
    cutLine(oneLine(subject), MAX_SUBJECT_LENGTH),
  ].join("  ");

/** Control characters would break the line that is one commit's. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
