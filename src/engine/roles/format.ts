import { slug } from "../../base/text.ts";
import type { Problem } from "./frontMatter.ts";
import { ALWAYS_THERE, type Role } from "./role.ts";
import { shortened } from "./text.ts";

export interface RoleFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  /** The file's name without `.md` or `.agent.md`. */
  readonly stem: string;
  /** Free of characters that nobody sees; lines end in `\n`. */
  readonly text: string;
}

/** What a file may speak of. */
export interface Vocabulary {
  /** The names of all tools there are. */
  readonly knownTools: readonly string[];
  /** What a model's name in a foreign format stands for here: `sonnet` for `anthropic/…`. */
  readonly modelAliases: ReadonlyMap<string, string>;
}

export type RoleReading =
  /** A page that lies beside the roles and is none. */
  | { readonly kind: "none" }
  | { readonly kind: "broken"; readonly problem: Problem }
  /** `leftOut`: what of the file has no meaning here. */
  | { readonly kind: "role"; readonly role: Role; readonly leftOut: readonly Problem[] };

/** Pure: reads one file of a format. */
export type ReadRole = (file: RoleFile, vocabulary: Vocabulary) => RoleReading;

const LONGEST_DESCRIPTION = 1_000;

/** A foreign name as a slug; undefined where it has no letter or digit to make one of. */
export const slugOf = (name: string): string | undefined => {
  const made = slug(name);
  return made === "agent" && !/agent/i.test(name) ? undefined : made;
};

/** A foreign description, which may be pages long, on one line. */
export const descriptionOf = (text: string): string => shortened(text, LONGEST_DESCRIPTION);

/** `provider/model`, and no script: that is a file, which only the user may name. */
export const isModelId = (text: string): boolean => /^(?!script\/)[a-z0-9-]+\/\S+$/.test(text);

/** `Read, Agent(worker, scout)` or a list of such, without what stands in brackets. */
export function toolNames(value: string | readonly string[]): string[] {
  const list = typeof value === "string" ? (value.match(/[^,(]+(?:\([^)]*\)?)?/g) ?? []) : value;
  return list.map((name) => name.replace(/\(.*/s, "").trim()).filter((name) => name !== "");
}

export interface MappedTools {
  /** Ours, in the order of the known ones. */
  readonly tools: readonly string[];
  /** Theirs that have none of ours. */
  readonly unknown: readonly string[];
}

/** Foreign names as ours; one that is theirs and ours, such as `search`, is theirs. */
export function mapTools(
  names: readonly string[],
  ours: (name: string) => readonly string[],
  { knownTools }: Vocabulary,
): MappedTools {
  const mapped = new Set<string>();
  const unknown: string[] = [];
  for (const name of names) {
    const theirs = ours(name);
    const found = (theirs.length > 0 ? theirs : [name]).filter((tool) => knownTools.includes(tool));
    if (found.length === 0) unknown.push(name);
    for (const tool of found) mapped.add(tool);
  }
  return { tools: knownTools.filter((tool) => mapped.has(tool)), unknown };
}

/** A role's own list: the tools, and those without which no agent can end. */
export const toolList = (tools: readonly string[], { knownTools }: Vocabulary): readonly string[] =>
  knownTools.filter((tool) => tools.includes(tool) || ALWAYS_THERE.includes(tool));

/** Names for a message, at most ten and each cut: `"Bash", "WebFetch" and 3 more`. */
export function naming(names: readonly string[]): string {
  const shown = [...new Set(names)].slice(0, 10).map((name) => JSON.stringify(shortened(name, 60)));
  const rest = new Set(names).size - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
