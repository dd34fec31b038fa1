import { parseArgs } from "node:util";
import { ok, type Result, refuse } from "../base/errors.ts";
import type { ArgumentSpec, Command, FlagSpec, Input, ValueSpec } from "./command.ts";
import { quoted } from "./render/text.ts";
import { didYouMean } from "./suggest.ts";

/** Options that every command takes. */
export const globalValues = {
  repo: {
    placeholder: "DIR",
    example: "../other",
    help: "Work on the repository of DIR (default: the current folder)",
  },
} as const satisfies Record<string, ValueSpec>;

export const globalFlags = {
  json: { help: "Print one JSON document on standard output, and nothing else there" },
  "no-color": { help: "Print without colors, as NO_COLOR=1 does" },
  verbose: { help: "Log what happens inside, on standard error" },
  help: { help: "Show this help" },
  version: { help: "Show the version" },
} as const satisfies Record<string, FlagSpec>;

/** What was typed: the command, if any, and its arguments and options still to be read. */
export interface Typed {
  readonly command: Command | undefined;
  /** Without the words of the command's name. */
  readonly rest: readonly string[];
}

type Specs<Spec> = Readonly<Record<string, Spec>>;

/** Reads tokens and judges nothing: which of them are right depends on the command. */
function tokensOf(args: readonly string[], values: Specs<ValueSpec>) {
  const options = Object.fromEntries(Object.keys(values).map((name) => [name, { type: "string" as const }]));
  const help = { type: "boolean" as const, short: "h" };
  return parseArgs({
    args: [...args],
    options: { ...options, help },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}
type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** Finds the command's name among the words; options may stand before it. */
export function findCommand(args: readonly string[], commands: readonly Command[]): Result<Typed> {
  const everyValue = Object.assign({}, globalValues, ...commands.map(({ values }) => values));
  const words = tokensOf(args, everyValue).filter((token) => token.kind === "positional");
  const [first, second] = words;
  if (first === undefined) return ok({ command: undefined, rest: args });
  const without = (indexes: readonly number[]) => args.filter((_, index) => !indexes.includes(index));
  const group = commands.filter(({ name }) => name.startsWith(`${first.value} `));
  const double = group.find(({ name }) => second !== undefined && name === `${first.value} ${second.value}`);
  if (double !== undefined) return ok({ command: double, rest: without([first.index, second?.index ?? -1]) });
  const single = commands.find(({ name }) => name === first.value);
  if (single !== undefined) return ok({ command: single, rest: without([first.index]) });
  const [member] = group;
  if (member === undefined) return refuse("bad_input", unknownCommand(first.value, commands));
  const listing = second === undefined ? group.find(({ name }) => name === `${first.value} list`) : undefined;
  if (listing !== undefined) return ok({ command: listing, rest: without([first.index]) });
  if (isHelpWanted(args)) return ok({ command: member, rest: without([first.index]) });
  return refuse("bad_input", incompleteCommand(first.value, second?.value, group));
}

/** Whether `--help` or `-h` is among the options; what a command requires may be missing then. */
export const isHelpWanted = (args: readonly string[], command?: Command): boolean =>
  tokensOf(args, { ...globalValues, ...command?.values }).some(
    (token) => token.kind === "option" && token.name === "help",
  );

export function unknownCommand(name: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.name);
  return `Unknown command ${quoted(name)}: ${didYouMean(name, names) ?? `use one of ${names.join(", ")}.`}`;
}

const incompleteCommand = (first: string, second: string | undefined, group: readonly Command[]): string => {
  const right = group.map(({ name }) => `banyan ${name}`).join(", ");
  const wrong =
    second === undefined ? `"${first}" alone is no command` : `Unknown command ${quoted(`${first} ${second}`)}`;
  return `${wrong}: use ${right}.`;
};

/** What was given, read by what the command declares; a refusal names the first thing that is wrong. */
export function parseInput(command: Command, args: readonly string[]): Result<Input> {
  const values: Specs<ValueSpec> = { ...globalValues, ...command.values };
  const flags: Specs<FlagSpec> = { ...globalFlags, ...command.flags };
  const tokens = tokensOf(args, values);
  const wrong = wrongOption(command, tokens, values, flags) ?? wrongArguments(command, tokens);
  return wrong === undefined ? ok(readInput(command, tokens)) : refuse("bad_input", wrong);
}

function wrongOption(
  command: Command,
  tokens: readonly Token[],
  values: Specs<ValueSpec>,
  flags: Specs<FlagSpec>,
): string | undefined {
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const wrong = Object.hasOwn(values, token.name)
      ? wrongValue(token, values[token.name]?.example ?? "")
      : wrongFlag(token, command, values, flags);
    if (wrong !== undefined) return wrong;
    if (seen.has(token.name)) return `Option --${token.name} is given twice: give it once.`;
    seen.add(token.name);
  }
  return undefined;
}

/** A value that begins with a dash must be a number, or stand behind an equals sign. */
function wrongValue(token: OptionToken, example: string): string | undefined {
  const { value, inlineValue } = token;
  const isValue = value !== undefined && value !== "" && (inlineValue || !/^-+[^\d.-]/.test(value));
  return isValue ? undefined : `Option --${token.name} needs a value, for instance --${token.name} ${example}.`;
}

function wrongFlag(
  token: OptionToken,
  command: Command,
  values: Specs<ValueSpec>,
  flags: Specs<FlagSpec>,
): string | undefined {
  if (!Object.hasOwn(flags, token.name)) {
    const names = [...Object.keys(values), ...Object.keys(flags)];
    const known = names.map((name) => `--${name}`);
    const right =
      didYouMean(token.rawName, known) ?? `${callOf(command)} --help shows those there are.${dashHint(command)}`;
    return `Unknown option ${quoted(token.rawName)} of ${callOf(command)}: ${right}`;
  }
  return token.value === undefined ? undefined : `Option --${token.name} takes no value: write it alone.`;
}

const dashHint = (command: Command): string =>
  Object.keys(command.arguments).length === 0 ? "" : " Text that begins with a dash goes behind --.";

function wrongArguments(command: Command, tokens: readonly Token[]): string | undefined {
  const words = wordsOf(tokens);
  const specs = argumentsOf(command, tokens).map(([, spec]) => spec);
  const missing = specs.find((spec, index) => spec.presence !== "optional" && (words[index] ?? "").trim() === "");
  if (missing !== undefined) return `${callOf(command)} needs ${missing.placeholder}: ${usageOf(command)}`;
  const extra = words[specs.length];
  if (extra === undefined || specs.at(-1)?.presence === "rest") return undefined;
  const quotes = specs.some(({ placeholder }) => placeholder === "TASK")
    ? " Put a task of several words in quotes."
    : "";
  return `Unexpected argument ${quoted(extra)}: ${usageOf(command)}${quotes}`;
}

const wordsOf = (tokens: readonly Token[]): string[] =>
  tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));

/** The arguments that are read beside the options that were given. */
const argumentsOf = (command: Command, tokens: readonly Token[]): (readonly [string, ArgumentSpec])[] =>
  Object.entries(command.arguments).filter(
    ([, { unless }]) => !tokens.some((token) => token.kind === "option" && token.name === unless),
  );

function readInput(command: Command, tokens: readonly Token[]): Input {
  const given = new Map<string, string | undefined>();
  for (const token of tokens) if (token.kind === "option") given.set(token.name, token.value);
  const words = wordsOf(tokens);
  const read = argumentsOf(command, tokens);
  const optional = (name: string): string | undefined => {
    if (!Object.hasOwn(command.arguments, name)) throw new Error(`banyan ${command.name} has no argument "${name}".`);
    const index = read.findIndex(([each]) => each === name);
    if (index < 0) return undefined;
    return command.arguments[name]?.presence === "rest" ? words.slice(index).join(" ") : words[index];
  };
  return {
    value: (name) => given.get(name),
    flag: (name) => given.has(name),
    optional,
    argument(name) {
      const word = optional(name);
      if (word === undefined) throw new Error(`The argument "${name}" of banyan ${command.name} is not required.`);
      return word;
    },
  };
}

const argumentForms: Readonly<Record<ArgumentSpec["presence"], (placeholder: string) => string>> = {
  required: (placeholder) => placeholder,
  optional: (placeholder) => `[${placeholder}]`,
  rest: (placeholder) => `${placeholder}...`,
};

/** `banyan send`; `banyan` for a command without a name. */
const callOf = ({ name }: Command): string => (name === "" ? "banyan" : `banyan ${name}`);

/** `banyan send AGENT TEXT... [--priority P]`. */
export const usageOf = (command: Command): string => usageParts(command).join(" ");

/** The same in parts that are not to be torn apart. */
export function usageParts(command: Command): string[] {
  const words = Object.values(command.arguments).map(({ presence, placeholder, unless }) =>
    argumentForms[unless === undefined ? presence : "optional"](placeholder),
  );
  const values = Object.entries(command.values).map(([name, { placeholder }]) => `[--${name} ${placeholder}]`);
  const flags = Object.keys(command.flags).map((name) => `[--${name}]`);
  return [callOf(command), ...words, ...values, ...flags];
}
