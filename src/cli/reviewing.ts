import { ok, type Result, refuse } from "../base/errors.ts";
import type { Backend } from "../engine/remote/backend.ts";
import { shortId } from "../engine/worktrees/reviewing.ts";
import type { CommentCommandInput, MarkCommandInput } from "../protocol/commands.ts";
import type { Review, ReviewComment } from "../protocol/records.ts";
import type { Decision, DiffSide } from "../protocol/words.ts";
import { plural, quoted } from "./render/text.ts";
import { didYouMean } from "./suggest.ts";

/** What stands for every file. */
export const EVERY_FILE = ".";

type Reviews = Pick<Backend["reviews"], "file">;

/** What was typed as PATH or PATH:HUNK, a hunk by its number or its id; looked up in what there is to decide on. */
export async function parseMark(
  reviews: Reviews,
  review: Review,
  word: string,
  decision: Decision | null,
): Promise<Result<MarkCommandInput>> {
  const agent = review.agent.id;
  if (word === EVERY_FILE) return ok({ agent, decision });
  if (review.files.some(({ path }) => path === word)) return ok({ agent, path: word, decision });
  const { path, rest } = splitLast(word);
  const known = requireFile(review, rest === undefined ? word : path);
  if (!known.ok) return known;
  const file = await reviews.file(agent, path);
  if (!file.ok) return file;
  const { hunks } = file.value;
  const hunk =
    hunks.find(({ id }) => id === rest) ?? (/^[1-9]\d*$/.test(rest ?? "") ? hunks[Number(rest) - 1] : undefined);
  if (hunk !== undefined) return ok({ agent, path, hunk: hunk.id, decision });
  return refuse(
    "not_found",
    `${path} has no hunk ${quoted(rest ?? "")}: it has ${plural(hunks.length, "hunk")}, numbered from 1.`,
  );
}

/** What was typed as PATH:LINE. */
export function parsePlace(
  review: Review,
  word: string,
  side: DiffSide,
): Result<Pick<CommentCommandInput, "agent" | "path" | "line" | "side">> {
  const { path, rest } = splitLast(word);
  if (rest === undefined || !/^[1-9]\d*$/.test(rest)) {
    return refuse("bad_input", `${quoted(word)} names no line: write PATH:LINE, for instance src/parser.ts:12.`);
  }
  const known = requireFile(review, path);
  return known.ok ? ok({ agent: review.agent.id, path, line: Number(rest), side }) : known;
}

/** The comment that an id names, as it is shown or whole. */
export function findComment(review: Review, word: string): Result<ReviewComment> {
  const found = review.comments.filter(({ id }) => id === word || shortId(id) === word);
  const [comment] = found;
  if (comment !== undefined && found.length === 1) return ok(comment);
  const why = found.length > 1 ? "names several comments" : "names no comment";
  return refuse("not_found", `${quoted(word)} ${why} of ${review.agent.name}: banyan review shows their ids.`);
}

/** Refuses a path that the work didn't change. */
export function requireFile({ files, agent }: Review, path: string): Result<null> {
  if (files.some((file) => file.path === path)) return ok(null);
  const meant = didYouMean(
    path,
    files.map((file) => file.path),
  );
  return refuse(
    "not_found",
    `${agent.name} didn't change ${quoted(path)}: ${meant ?? "banyan review shows what it did."}`,
  );
}

/** Before and behind the last colon. */
function splitLast(word: string): { readonly path: string; readonly rest: string | undefined } {
  const at = word.lastIndexOf(":");
  return at < 0 ? { path: word, rest: undefined } : { path: word.slice(0, at), rest: word.slice(at + 1) };
}
