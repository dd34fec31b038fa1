import { ok, type Result, refuse } from "../../base/errors.ts";
import type { SearchMatch, SearchQuery } from "../tools/tool.ts";
import type { Git } from "./git.ts";
import { createLinkCheck } from "./links.ts";
import type { Room } from "./room.ts";

export interface Matches {
  readonly matches: readonly SearchMatch[];
  readonly more: boolean;
}

/**
 * Searches a worktree's tracked and trackable text files. Refuses with `bad_input` a pattern that is none, and with
 * `limit_reached` a search that takes too long; rejects with the signal's reason when it aborts.
 */
export async function searchIn(
  room: Room,
  git: Git,
  root: string,
  query: SearchQuery,
  signal: AbortSignal,
): Promise<Result<Matches>> {
  if (query.pattern.includes("\0")) return refuse("bad_input", "a pattern holds no NUL: search for text");
  const found = new MatchReader(query.offset, query.limit);
  const time = timeLimit(room, signal);
  try {
    const output = await git.run(grepArguments(query), {
      signal: time.signal,
      onOutput: (chunk) => found.read(chunk),
      literalPaths: true,
    });
    if (output.code !== null && output.code > 1) return refuse("bad_input", badPattern(query.pattern, output.stderr));
    return ok({ matches: await withoutLinks(root, found.matches), more: found.more });
  } catch (error) {
    if (!time.expired()) throw error;
    const seconds = room.settings.searchMilliseconds / 1000;
    return refuse("limit_reached", `the search took more than ${seconds} s: give a narrower path or a simpler pattern`);
  } finally {
    time.end();
  }
}

function grepArguments({ pattern, path, ignoreCase }: SearchQuery): string[] {
  const output = ["--line-number", "--null", "--no-column", "--no-color", "--full-name", "--no-heading", "--no-break"];
  const scope = ["--untracked", "--exclude-standard", "-I", "--no-textconv", "--no-recurse-submodules"];
  const pathspec = path === "." ? [] : ["--", path];
  return ["grep", ...output, ...scope, "-E", ...(ignoreCase ? ["-i"] : []), "-e", pattern, ...pathspec];
}

function badPattern(pattern: string, stderr: string): string {
  const reason = stderr.trim().replace(/^fatal: (?:-e option|command line), /, "");
  return `${JSON.stringify(pattern)} is no extended regular expression (${reason}): put a \\ before a character that stands for itself`;
}

/** Aborts with the caller's signal, and by itself when the time is up. */
function timeLimit(room: Room, signal: AbortSignal) {
  const own = new AbortController();
  const done = new AbortController();
  room.clock.sleep(room.settings.searchMilliseconds, done.signal).then(
    () => own.abort(),
    () => {},
  );
  return {
    signal: AbortSignal.any([signal, own.signal]),
    expired: () => own.signal.aborted && !signal.aborted,
    end: () => done.abort(),
  };
}

/** A tracked file's folder may have become a link since, and git would read what it leads to. */
async function withoutLinks(root: string, matches: readonly SearchMatch[]): Promise<SearchMatch[]> {
  const leadsAway = createLinkCheck(root);
  const kept: SearchMatch[] = [];
  for (const match of matches) if (!(await leadsAway(match.path))) kept.push(match);
  return kept;
}

/** Characters of one line; a minified file has no others. */
const MAX_LINE = 2_000;

const NUL = 0;
const LINE_FEED = 10;

/** Reads `path NUL line NUL text LF` as it comes, and keeps one window of it. */
class MatchReader {
  readonly matches: SearchMatch[] = [];
  /** Whether there are matches after the window. */
  more = false;
  #pass: number;
  readonly #limit: number;
  #fields: string[] = [];
  #parts: Buffer[] = [];

  constructor(offset: number, limit: number) {
    this.#pass = offset;
    this.#limit = limit;
  }

  /** False once it has seen that there is more than the window. */
  read(chunk: Buffer): boolean {
    let start = 0;
    while (!this.more) {
      const end = chunk.indexOf(this.#fields.length < 2 ? NUL : LINE_FEED, start);
      if (end === -1) break;
      this.#parts.push(chunk.subarray(start, end));
      this.#endField();
      start = end + 1;
    }
    this.#parts.push(chunk.subarray(start));
    return !this.more;
  }

  #endField(): void {
    this.#fields.push(Buffer.concat(this.#parts).toString());
    this.#parts = [];
    if (this.#fields.length < 3) return;
    const [path = "", line = "", text = ""] = this.#fields;
    this.#fields = [];
    if (this.#pass > 0) this.#pass--;
    else if (this.matches.length === this.#limit) this.more = true;
    else this.matches.push({ path, line: Number(line), text: text.slice(0, MAX_LINE).replace(/\r$/, "") });
  }
}
