import type { Review, ReviewComment } from "../../protocol/records.ts";
import type { ReviewPlace } from "../gitAddress.ts";

/** A document of a review that is open. */
export interface OpenDocument {
  /** Its address. */
  readonly uri: string;
  readonly place: ReviewPlace;
}

/** A comment, or what the agent answered to one, as it stands in a thread. */
export interface SaidPlan {
  /** Of the comment, or of the answer. */
  readonly id: string;
  /** `pending`: written, and not sent. */
  readonly kind: "pending" | "sent" | "resolved" | "answer";
  readonly body: string;
  readonly at: number;
}

/** All that was said on one line of a document. */
export interface ThreadPlan {
  readonly uri: string;
  /** From 1. */
  readonly line: number;
  /** In order. */
  readonly said: readonly SaidPlan[];
  /** `pending`: nothing of it was sent. `resolved`: all of it is. */
  readonly state: "pending" | "open" | "resolved";
}

/** What names a thread: one for each line. */
export const keyOf = ({ uri, line }: Pick<ThreadPlan, "uri" | "line">): string => `${uri}#${line}`;

/** The threads of a review in the documents that are open; `lineIn` says where in one a comment stands now. */
export function planThreads(
  review: Review,
  documents: readonly OpenDocument[],
  lineIn: (comment: ReviewComment, document: OpenDocument) => number,
): readonly ThreadPlan[] {
  const threads = new Map<string, { uri: string; line: number; comments: ReviewComment[] }>();
  for (const document of documents) {
    for (const comment of review.comments.filter((each) => stands(each, document.place))) {
      const place = { uri: document.uri, line: lineIn(comment, document) };
      const thread = threads.get(keyOf(place)) ?? { ...place, comments: [] };
      thread.comments.push(comment);
      threads.set(keyOf(place), thread);
    }
  }
  return [...threads.values()].map(({ uri, line, comments }) => ({
    uri,
    line,
    said: comments.flatMap((comment) => saidOf(comment, review.answers)).sort((a, b) => a.at - b.at),
    state: stateOf(comments),
  }));
}

const stands = (comment: ReviewComment, { side, file }: ReviewPlace): boolean =>
  comment.side === side && comment.path === file;

function saidOf(comment: ReviewComment, answers: Review["answers"]): readonly SaidPlan[] {
  const { id, body, writtenAt, sentAt, resolvedAt } = comment;
  const kind = sentAt === null ? "pending" : resolvedAt === null ? "sent" : "resolved";
  const own = answers.filter(({ commentId }) => commentId === id);
  return [
    { id, kind, body, at: writtenAt },
    ...own.map((answer) => ({ id: answer.id, kind: "answer" as const, body: answer.body, at: answer.at })),
  ];
}

function stateOf(comments: readonly ReviewComment[]): ThreadPlan["state"] {
  if (comments.every(({ sentAt }) => sentAt === null)) return "pending";
  return comments.every(({ resolvedAt }) => resolvedAt !== null) ? "resolved" : "open";
}
