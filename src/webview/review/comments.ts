import type { DiffHunk, DiffLine, Review, ReviewComment } from "../../protocol/records.ts";
import type { DiffSide } from "../../protocol/words.ts";

/** Where comments stand. Pure. */

export type Answer = Review["answers"][number];

/** A comment with what the agent answered to it. */
export interface Thread {
  readonly comment: ReviewComment;
  readonly answers: readonly Answer[];
}

export interface LinePlace {
  readonly side: DiffSide;
  readonly line: number;
}

/** Where a comment on a line stands: in the work, unless the line is not there any more. */
export function placeOf({ baseLine, workLine }: Pick<DiffLine, "baseLine" | "workLine">): LinePlace {
  return workLine === null ? { side: "base", line: baseLine ?? 1 } : { side: "work", line: workLine };
}

export const keyOf = ({ side, line }: LinePlace): string => `${side}:${line}`;

/** All threads by path, in the order of their lines. */
export function threadsByPath({ comments, answers }: Pick<Review, "comments" | "answers">) {
  const byPath = new Map<string, Thread[]>();
  for (const comment of comments.toSorted((a, b) => a.line - b.line || a.writtenAt - b.writtenAt)) {
    const thread = { comment, answers: answers.filter(({ commentId }) => commentId === comment.id) };
    byPath.set(comment.path, [...(byPath.get(comment.path) ?? []), thread]);
  }
  return byPath;
}

export interface Placed {
  /** By `keyOf` of the line that they stand under. */
  readonly byLine: ReadonlyMap<string, readonly Thread[]>;
  /** Those whose line is in no hunk. */
  readonly elsewhere: readonly Thread[];
}

/**
 * Puts a file's threads under its lines; a context line is in both versions. A comment on another version than
 * `headCommit` stands under its line only where that reads as it did then.
 */
export function placed(
  threads: readonly Thread[],
  hunks: readonly Pick<DiffHunk, "lines">[],
  headCommit: string,
): Placed {
  const lines = new Map<string, DiffLine>();
  for (const line of hunks.flatMap((hunk) => hunk.lines)) {
    if (line.workLine !== null) lines.set(`work:${line.workLine}`, line);
    if (line.baseLine !== null) lines.set(`base:${line.baseLine}`, line);
  }
  const byLine = new Map<string, Thread[]>();
  const elsewhere: Thread[] = [];
  for (const thread of threads) {
    const { comment } = thread;
    const line = lines.get(keyOf(comment));
    if (line === undefined || !(comment.headCommit === headCommit || isIn(comment.excerpt, line))) {
      elsewhere.push(thread);
    } else {
      const key = keyOf(placeOf(line));
      byLine.set(key, [...(byLine.get(key) ?? []), thread]);
    }
  }
  return { byLine, elsewhere };
}

/** An excerpt has a mark before each line, or none where it isn't of a hunk. */
const isIn = (excerpt: string, { text }: DiffLine): boolean =>
  excerpt.split("\n").some((each) => each === text || each.slice(1) === text);
