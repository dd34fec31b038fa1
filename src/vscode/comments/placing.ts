import type { Engine } from "../../engine/engine.ts";
import type { Review, ReviewComment } from "../../protocol/records.ts";
import type { FileVersion } from "../gitAddress.ts";
import { clamp, relocate } from "./lines.ts";
import type { OpenDocument } from "./plan.ts";

/** An open document with its text. */
export interface OpenText extends OpenDocument {
  readonly version: FileVersion;
  readonly lines: readonly string[];
}

export const linesOf = (text: string): readonly string[] => text.split(/\r\n|\r|\n/);

type Reader = Pick<Engine["worktrees"], "readFileAt">;

async function linesAt(worktrees: Reader, commit: string, path: string): Promise<readonly string[] | undefined> {
  const bytes = await worktrees.readFileAt(commit, path);
  return bytes && linesOf(new TextDecoder().decode(bytes));
}

/**
 * Where each comment of a review stands in the documents that are open. A comment names a line of the work as it was when
 * it was written; the work may have moved on since, and a document shows it as it was when it was opened.
 */
export async function placeComments(
  worktrees: Reader,
  review: Review,
  documents: readonly OpenText[],
): Promise<(comment: ReviewComment, document: OpenDocument) => number> {
  const known = new Map<string, readonly string[] | undefined>();
  for (const { path, side, headCommit } of review.comments) {
    const key = `${headCommit}:${path}`;
    const moved = documents.some(({ place, version }) => place.file === path && version.commit !== headCommit);
    if (side === "work" && moved && !known.has(key)) known.set(key, await linesAt(worktrees, headCommit, path));
  }
  const texts = new Map(documents.map((document) => [document.uri, document]));
  return (comment, { uri }) => {
    const document = texts.get(uri);
    if (document === undefined) return comment.line;
    const isSame = comment.side === "base" || comment.headCommit === document.version.commit;
    const from = isSame ? undefined : known.get(`${comment.headCommit}:${comment.path}`);
    return from === undefined
      ? clamp(comment.line, document.lines.length)
      : relocate(from, document.lines, comment.line);
  };
}

/** A line of an open document as the review counts it now; the engine takes no other. */
export async function lineInReview(
  worktrees: Reader,
  review: Review,
  { version, place, lines }: OpenText,
  line: number,
): Promise<number> {
  const now = place.side === "work" ? review.headCommit : review.baseCommit;
  const file = review.files.find(({ path }) => path === place.file);
  if (now === version.commit || file === undefined) return line;
  const path = place.side === "base" ? (file.previousPath ?? file.path) : file.path;
  const to = await linesAt(worktrees, now, path);
  return to === undefined ? line : relocate(lines, to, line);
}
