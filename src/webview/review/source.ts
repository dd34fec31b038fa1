import { messageOf, type Result } from "../../base/errors.ts";
import type { DiffHunk, ReviewFile } from "../../protocol/records.ts";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { createSettable, type Watched } from "../shared/store.ts";
import { type Mark, marked } from "./decisions.ts";

/** The review as the engine last told it. What it could not tell stands in `problem`; what was there before stays. */
export interface ReviewShown {
  readonly shown: ShownReview | null;
  readonly problem: string | null;
}

export interface ReviewSource extends Watched<ReviewShown> {
  /** Asks again; several times at once become one. Never rejects. */
  refresh(): Promise<void>;
  /** Shows a decision at once, and then what the engine makes of it. Answers why it was refused. */
  mark(mark: Mark): Promise<string | null>;
}

export interface ReviewCalls {
  /** A file's hunks, where they are known. */
  hunksOf(path: string): readonly Pick<DiffHunk, "id">[] | null;
  get(): Promise<Result<ShownReview>>;
  mark(mark: Mark): Promise<Result<ShownReview>>;
}

export function createReviewSource(calls: ReviewCalls): ReviewSource {
  const state = createSettable<ReviewShown>({ shown: null, problem: null });
  /** Rises with every decision: what was asked before it is out of date. */
  let marks = 0;
  let asking: Promise<void> | undefined;
  let isWanted = false;

  const take = (shown: ShownReview) => state.set({ shown: sharing(state.get().shown, shown), problem: null });
  const fail = (problem: string) => state.set({ ...state.get(), problem });

  const ask = async (): Promise<void> => {
    isWanted = false;
    const before = marks;
    const answer = await settled(calls.get());
    if (before !== marks) isWanted = true;
    else if (answer.ok) take(answer.value);
    else fail(answer.refusal.message);
  };
  const askUntilDone = async (): Promise<void> => {
    do await ask();
    while (isWanted);
    asking = undefined;
  };
  const refresh = (): Promise<void> => {
    isWanted = true;
    asking ??= askUntilDone();
    return asking;
  };

  return {
    get: state.get,
    subscribe: state.subscribe,
    refresh,
    async mark(mark) {
      const own = ++marks;
      const { shown } = state.get();
      if (shown !== null) take(withMark(shown, mark, calls));
      const answer = await settled(calls.mark(mark));
      if (answer.ok && own === marks) take(answer.value);
      if (!answer.ok) void refresh();
      return answer.ok ? null : answer.refusal.message;
    },
  };
}

type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: { message: string } };

async function settled<T>(asked: Promise<Result<T>>): Promise<Settled<T>> {
  try {
    return await asked;
  } catch (error) {
    return { ok: false, refusal: { message: messageOf(error) } };
  }
}

function withMark(shown: ShownReview, mark: Mark, { hunksOf }: ReviewCalls): ShownReview {
  const files = shown.review.files.map((file) => marked(file, mark, hunksOf(file.path)));
  return { ...shown, review: { ...shown.review, files } };
}

/** Files that are as before stay the same objects, so that they aren't drawn again. */
function sharing(before: ShownReview | null, next: ShownReview): ShownReview {
  if (before === null) return next;
  const known = new Map(before.review.files.map((file) => [file.path, file]));
  const files = next.review.files.map((file) => same(known.get(file.path), file));
  return { ...next, review: { ...next.review, files } };
}

const same = (before: ReviewFile | undefined, next: ReviewFile): ReviewFile =>
  before !== undefined && JSON.stringify(before) === JSON.stringify(next) ? before : next;
