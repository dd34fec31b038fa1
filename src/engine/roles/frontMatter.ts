import { isMap, isNode, isScalar, isSeq, Lexer, LineCounter, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { messageOf } from "../../base/errors.ts";
import { firstLineOf } from "../../base/text.ts";

/** What is wrong with a file and what would be right, and the line from 1. */
export interface Problem {
  readonly line: number;
  readonly message: string;
}

export interface FrontMatter {
  /** As YAML has it, unchecked. */
  readonly value: unknown;
  /** What follows the front matter, trimmed. */
  readonly body: string;
  /** The line of the file, from 1, where a field stands, or what of its path there is. */
  lineOf(path: readonly PropertyKey[]): number;
}

export type FrontMatterReading =
  | { readonly kind: "none" }
  | { readonly kind: "broken"; readonly problem: Problem }
  | { readonly kind: "read"; readonly matter: FrontMatter };

/** More than any role needs, and little enough to parse whatever it holds. */
const LONGEST_YAML = 16 * 1024;
/**
 * Keys, items and brackets, each of which may open a level. The parser calls itself a level; where that exhausts the
 * stack the whole process can end, so that what could nest deeper is not parsed at all.
 */
const MOST_LEVELS = 300;
const OPENING = new Set(["[", "{", "-", "?", ":"]);

/**
 * Reads the YAML between the first line `---` and the next one. Lines end in `\n`. Where it does not parse, what
 * `repair` makes of it is tried; it must keep the lines.
 */
export function readFrontMatter(text: string, repair: (yaml: string) => string = (yaml) => yaml): FrontMatterReading {
  const start = /^---[ \t]*\n/.exec(text);
  if (start === null) return { kind: "none" };
  const rest = text.slice(start[0].length);
  const end = /^---[ \t]*$/m.exec(rest);
  if (end === null) return broken(1, "the front matter has no end: close it with a line ---");
  const yaml = rest.slice(0, end.index);
  const body = rest.slice(end.index + end[0].length).trim();
  const reading = readYaml(yaml, body);
  const repaired = reading.kind === "broken" ? repair(yaml) : yaml;
  return repaired === yaml ? reading : readYaml(repaired, body);
}

const broken = (line: number, message: string): FrontMatterReading => ({ kind: "broken", problem: { line, message } });

function readYaml(yaml: string, body: string): FrontMatterReading {
  if (yaml.length > LONGEST_YAML) return broken(1, "the front matter is too long: at most 16 KB");
  if (nestsTooDeep(yaml))
    return broken(1, `the front matter has too much in it: at most ${MOST_LEVELS} keys and items`);
  const counter = new LineCounter();
  // The front matter begins on the file's second line.
  const lineAt = (offset: number): number => counter.linePos(offset).line + 1;
  try {
    const document = parseDocument(yaml, { lineCounter: counter, prettyErrors: false, stringKeys: true });
    const error = document.errors[0];
    if (error !== undefined) return broken(lineAt(error.pos[0]), `${firstLineOf(error.message)}${hintAt(error.code)}`);
    let alias: number | undefined;
    visit(document, {
      Alias(_, { range }) {
        alias = range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    if (alias !== undefined) return broken(lineAt(alias), "an alias (*) stands here: write the value itself");
    const lineOf = (path: readonly PropertyKey[]): number => lineAt(offsetOf(document.contents, path));
    return { kind: "read", matter: { value: document.toJS({ maxAliasCount: 0 }), body, lineOf } };
  } catch (error) {
    return broken(1, firstLineOf(messageOf(error)));
  }
}

function nestsTooDeep(yaml: string): boolean {
  let levels = 0;
  for (const token of new Lexer().lex(yaml)) {
    if (OPENING.has(token) && ++levels > MOST_LEVELS) return true;
  }
  return false;
}

const hintAt = (code: string): string =>
  code === "BLOCK_AS_IMPLICIT_KEY" ? ': put a value that holds ": " in quotes' : "";

/** Where the key or the item at the end of a path begins; of a path that is not there, as far as it goes. */
function offsetOf(contents: unknown, path: readonly PropertyKey[]): number {
  let node: unknown = contents;
  let offset = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** The first thing that a schema found wrong, where it stands: `tools[1]: must be text`. */
export function problemOf({ issues }: z.ZodError, matter: FrontMatter): Problem {
  const issue = issues[0];
  if (issue === undefined) return { line: 1, message: "not right" };
  const path = issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const named = place === "" ? "" : `${place.replace(/^\./, "")}: `;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return { line: matter.lineOf(path), message: `${named}${issue.message}${more}` };
}
