import { z } from "zod";
import { isModelId, mapTools, naming, toolList, toolNames, type Vocabulary } from "../format.ts";
import type { FrontMatter, Problem } from "../frontMatter.ts";

export const nameList = z
  .union([z.string(), z.array(z.string("must be a name"))], "must be a list of names, or names between commas")
  .nullish();

export const requiredText = (what: string): z.ZodType<string> => z.string(what).trim().min(1, what);

/** Those who wrote for a forgiving parser often left `description: Use when: …` without quotes. */
export const quoteDescription = (yaml: string): string =>
  yaml.replace(
    /^description:[ \t]+(?!["'|>[{&*!])(.+)$/m,
    (_, text: string) => `description: '${text.replace(/'/g, "''")}'`,
  );

export interface ForeignTools {
  readonly allowed: string | readonly string[] | null | undefined;
  readonly denied: string | readonly string[] | null | undefined;
  /** Ours for one of theirs. */
  readonly ours: (name: string) => readonly string[];
}

/** Their lists as one of ours: null where they allow all. What has no counterpart is told. */
export function foreignTools(
  { allowed, denied, ours }: ForeignTools,
  vocabulary: Vocabulary,
  matter: FrontMatter,
): { readonly tools: readonly string[] | null; readonly leftOut: readonly Problem[] } {
  const names = toolNames(allowed ?? "*");
  const all = names.includes("*");
  const mapped = mapTools(names, ours, vocabulary);
  const removed = mapTools(toolNames(denied ?? ""), ours, vocabulary).tools;
  const unknown = mapped.unknown.filter((name) => name !== "*");
  const leftOut =
    unknown.length === 0
      ? []
      : [{ line: matter.lineOf(["tools"]), message: `left out ${naming(unknown)}: no tool here does that` }];
  if (all && removed.length === 0) return { tools: null, leftOut };
  const tools = (all ? vocabulary.knownTools : mapped.tools).filter((tool) => !removed.includes(tool));
  return { tools: toolList(tools, vocabulary), leftOut };
}

/** The first of their names that has a model here; null where none has, which is told. */
export function foreignModel(
  names: readonly string[],
  own: (name: string) => string | undefined,
  { modelAliases }: Vocabulary,
  matter: FrontMatter,
): { readonly model: string | null; readonly leftOut: readonly Problem[] } {
  for (const name of names) {
    const model = modelAliases.get(name) ?? own(name) ?? (isModelId(name) ? name : undefined);
    if (model !== undefined) return { model, leftOut: [] };
  }
  if (names.length === 0) return { model: null, leftOut: [] };
  const message = `left out the model ${naming(names)}: the parent's is taken; here a model is provider/model`;
  return { model: null, leftOut: [{ line: matter.lineOf(["model"]), message }] };
}

/** Fields that say something which is not kept here. */
export function foreignFields(
  given: Readonly<Record<string, unknown>>,
  understood: ReadonlySet<string>,
  matter: FrontMatter,
): readonly Problem[] {
  const rest = Object.keys(given).filter((name) => !understood.has(name) && given[name] !== null);
  const [first] = rest;
  if (first === undefined) return [];
  return [{ line: matter.lineOf([first]), message: `left out ${naming(rest)}: it has no meaning here` }];
}
