import type { DiffHunk, ReviewComment } from "../../protocol/records.ts";
import { type ChangesRequest, lineText, type RejectedPart, shortId } from "../worktrees/reviewing.ts";

/** Lines of a rejected hunk that an agent is shown. */
const MAX_LINES = 40;

/** What an agent is told when the user asks for changes; undefined where there is nothing to tell. */
export function requestText(note: string, { comments, rejected }: ChangesRequest): string | undefined {
  const parts = [
    ...(note === "" ? [] : [note]),
    ...(comments.length === 0 ? [] : [HEAD, ...comments.map(commentText)]),
    ...(rejected.length === 0 ? [] : [REJECTED, ...rejected.map(rejectedText)]),
  ];
  return parts.length === 0 ? undefined : ["The user reviewed your work and asks for changes.", ...parts].join("\n\n");
}

const HEAD =
  "Comments. Do what each asks, and answer it with answer_comment under its id, so that the user finds your answer there.";
const REJECTED = "Parts that the user rejected. Take each back, or do it in another way:";

const commentText = ({ id, path, side, line, excerpt, body }: ReviewComment): string =>
  [
    `Comment ${shortId(id)} on ${path}:${line}${side === "base" ? " (as it was before your work)" : ""}`,
    fenced(excerpt),
    body,
  ].join("\n");

const rejectedText = ({ path, hunk }: RejectedPart): string =>
  hunk === null ? `- ${path}: all of it` : [`- ${path}:${hunk.workStart}`, fenced(hunkText(hunk))].join("\n");

function hunkText({ lines }: DiffHunk): string {
  const shown = lines.slice(0, MAX_LINES).map(lineText);
  return [...shown, ...(lines.length > MAX_LINES ? [`… and ${lines.length - MAX_LINES} more lines`] : [])].join("\n");
}

/** Longer than any fence inside. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}diff\n${text}\n${fence}`;
}
