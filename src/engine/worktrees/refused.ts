import { type Refusal, type RefusalCode, type Result, refuse } from "../../base/errors.ts";
import { GitError } from "./git.ts";

/** A refusal that is found deep inside of what can't go on; `answered` makes a value of it again. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly refusal: Refusal;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.refusal = { code, message };
  }
}

/** The answer, also of what was refused deep inside, or what a partial clone doesn't have. */
export async function answered<T>(answer: Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    if (error instanceof GitError && isMissing(error.stderr)) return refuse("not_found", MISSING);
    throw error;
  }
}

/** Whether git lacked an object that it might have fetched. */
export const isMissing = (stderr: string): boolean => /from promisor remote|lazy fetching disabled/.test(stderr);

/** The engine fetches nothing: where from and with which rights is the user's. */
export const MISSING =
  "this is a partial clone, and some of what is needed isn't in it: get it first, for instance: git fetch --refetch --no-filter";
