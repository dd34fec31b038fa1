import { ok, type Result, refuse } from "../base/errors.ts";
import { quoted } from "./render/text.ts";
import { didYouMean } from "./suggest.ts";

/** One of the words that are known, or none; of any other it is said what was probably meant. `what`: what they name. */
export function parseChoice<Word extends string>(
  what: string,
  word: string | undefined,
  known: readonly Word[],
): Result<Word | undefined> {
  const found = known.find((each) => each === word);
  if (word === undefined || found !== undefined) return ok(found);
  const right = didYouMean(word, known) ?? `use one of ${known.join(", ")}.`;
  return refuse("bad_input", `Unknown ${what} ${quoted(word)}: ${right}`);
}
