import { shortId } from "../../engine/worktrees/reviewing.ts";
import { type Clash, clashesByAgent, clashWords } from "../../protocol/collisions.ts";
import type { FileReview, Review, ReviewComment, ReviewFile } from "../../protocol/records.ts";
import type { Decision } from "../../protocol/words.ts";
import { markOf, pathOf } from "./diff.ts";
import { fact, factLines } from "./facts.ts";
import { emptyLine, folded, indent, type Line, line, type Span, span, stacked } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { glyphOf, statusOf } from "./status.ts";
import { left, right, table } from "./table.ts";
import { formatCount, plural, shortHash, truncate } from "./text.ts";

const INDENT = 2;
const LONGEST_EXCERPT = 100;

/** What is to be decided on: the work in short, its files with what was decided, and its comments. */
export function reviewLines(review: Review, nameOf: NameOf, width = Number.POSITIVE_INFINITY): Line[] {
  const { agent, worktree } = review;
  const heading = [glyphOf(agent.status), span(" "), span(agent.name, "bold"), span("  "), statusOf(agent)];
  return stacked(
    [heading],
    indent(
      factLines([
        fact("Branch", span(worktree.branch), span(" → ", "dim"), span(worktree.targetBranch)),
        fact("Work", span(`${shortHash(review.baseCommit)}..${shortHash(review.headCommit)}`, "dim")),
        { title: "Result", value: agent.result === null ? [] : folded(agent.result.summary.trim(), width - 12) },
        { title: "Conflicts", value: review.conflicts.map((file) => line(file, "red")) },
        fact("Collides", span(clashWords(clashesOf(review), nameOf).replace(/^collides /, ""), "yellow")),
        fact("Resolving", span(resolvingOf(review), "yellow")),
      ]),
      INDENT,
    ),
    fileLines(review),
    commentLines(review, width),
  );
}

const clashesOf = ({ agent, collisions }: Review): readonly Clash[] => clashesByAgent(collisions).get(agent.id) ?? [];

const resolvingOf = ({ resolution }: Review): string =>
  resolution === null ? "" : `${plural(resolution.files.length, "file")} left, in ${resolution.path}`;

function fileLines({ files, comments }: Review): Line[] {
  if (files.length === 0) return [line("no changes", "dim")];
  const rows = files.map((file) => [
    [markOf(file.status)],
    line(pathOf(file)),
    line(file.added === null ? "" : `+${formatCount(file.added)}`, "green"),
    line(file.deleted === null ? "" : `-${formatCount(file.deleted)}`, "red"),
    line(kindOf(file), "dim"),
    [decisionOf(file)],
    line(countOf(comments, file.path), "dim"),
  ]);
  return table([left(""), left("FILE"), right(""), right(""), left(""), left("DECISION"), left("")], rows);
}

/** Why a file is decided on as a whole. */
function kindOf({ binary, wholeOnly, baseMode, workMode }: ReviewFile): string {
  if (workMode === "160000" || baseMode === "160000") return "submodule";
  if (workMode === "120000" || baseMode === "120000") return "link";
  if (binary) return "binary";
  if (wholeOnly) return "large";
  return baseMode !== null && workMode !== null && baseMode !== workMode ? `${baseMode} → ${workMode}` : "";
}

const tones = { accepted: "green", rejected: "red" } as const satisfies Record<Decision, string>;

function decisionOf({ decision, marks }: ReviewFile): Span {
  const hunks = Object.values(marks);
  if (hunks.length === 0) return decision === null ? span("") : span(decision, tones[decision]);
  const of = (which: Decision) => hunks.filter((each) => each === which).length;
  const parts = (["accepted", "rejected"] as const).filter((which) => of(which) > 0);
  const words = parts.map((which) => `${plural(of(which), "hunk")} ${which}`);
  return span([...(decision === null ? [] : [decision]), ...words].join(", "), "yellow");
}

function countOf(comments: readonly ReviewComment[], path: string): string {
  const open = comments.filter((comment) => comment.path === path && comment.resolvedAt === null).length;
  return open === 0 ? "" : plural(open, "comment");
}

function commentLines({ comments, answers }: Review, width: number): Line[] {
  const blocks = comments.map((comment): Line[] => {
    const where = `${comment.path}:${comment.line}${comment.side === "base" ? " (before)" : ""}`;
    const said = answers.filter(({ commentId }) => commentId === comment.id);
    return [
      [span(where, "bold"), span(`  ${stateOf(comment)}  `, "dim"), span(shortId(comment.id), "dim")],
      ...indent(folded(comment.body, width - INDENT), INDENT),
      ...said.flatMap(({ body }) => indent([line("answered:", "cyan"), ...folded(body, width - INDENT)], INDENT)),
    ];
  });
  return stacked(...blocks);
}

const stateOf = ({ sentAt, resolvedAt }: ReviewComment): string =>
  resolvedAt !== null ? "resolved" : sentAt === null ? "not sent" : "sent";

const signs = { context: " ", added: "+", deleted: "-" } as const;
const lineTones = { context: null, added: "green", deleted: "red" } as const;

/** One file's hunks, numbered as `--accept PATH:HUNK` takes them, each with what was decided of it. */
export function fileReviewLines({ path, hunks, omitted }: FileReview, file: ReviewFile | undefined): Line[] {
  if (omitted !== null) return [line(path, "bold"), line(`not shown: ${omitted}; it is decided on as a whole`, "dim")];
  const blocks = hunks.map((hunk, index): Line[] => {
    const decision = file?.marks[hunk.id] ?? file?.decision ?? null;
    const head = [
      span(`${index + 1}  `, "bold"),
      span(`@@ -${hunk.baseStart},${hunk.baseCount} +${hunk.workStart},${hunk.workCount} @@`, "cyan"),
      span(hunk.heading === "" ? "" : ` ${truncate(hunk.heading, LONGEST_EXCERPT)}`, "dim"),
      ...(decision === null ? [] : [span(`  ${decision}`, tones[decision])]),
    ];
    const lines = hunk.lines.map(({ kind, text }) =>
      line(`${signs[kind]}${text.replaceAll("\t", "    ")}`, lineTones[kind]),
    );
    return [head, ...lines];
  });
  return [line(path, "bold"), emptyLine, ...stacked(...blocks)];
}
