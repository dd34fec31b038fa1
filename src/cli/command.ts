import type { Result } from "../base/errors.ts";
import type { Context, ExitCode } from "./context.ts";

export interface ValueSpec {
  /** What stands for the value in the help: `USD`. */
  readonly placeholder: string;
  /** A value that would do, for messages. */
  readonly example: string;
  readonly help: string;
}

export interface FlagSpec {
  readonly help: string;
}

export interface ArgumentSpec {
  /** What stands for it in the help: `AGENT`. */
  readonly placeholder: string;
  readonly help: string;
  readonly presence: "required" | "optional" | "rest";
  /** An option that says the same: where it is given, this argument is not read. */
  readonly unless?: string;
}

/** What was given to a command. A name that the command does not declare can't be asked for. */
export interface Input<Value extends string = string, Flag extends string = string, Argument extends string = string> {
  value(name: Value): string | undefined;
  flag(name: Flag): boolean;
  /** An argument that is required, or the rest joined with spaces. */
  argument(name: Argument): string;
  optional(name: Argument): string | undefined;
}

/** One command of the terminal: what it takes, and what it does. A refusal is printed and decides the exit code. */
export interface Command {
  /** One word or two: `tree`, `worktrees list`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs for its own help. */
  readonly details: readonly string[];
  /** Commands as somebody would type them, without the program's name. */
  readonly examples: readonly string[];
  readonly arguments: Readonly<Record<string, ArgumentSpec>>;
  readonly values: Readonly<Record<string, ValueSpec>>;
  readonly flags: Readonly<Record<string, FlagSpec>>;
  run(input: Input, context: Context): Promise<Result<ExitCode>>;
}

interface CommandSpec<Value extends string, Flag extends string, Argument extends string> {
  readonly name: string;
  readonly summary: string;
  readonly details?: readonly string[];
  readonly examples?: readonly string[];
  readonly arguments: Readonly<Record<Argument, ArgumentSpec>>;
  readonly values: Readonly<Record<Value, ValueSpec>>;
  readonly flags: Readonly<Record<Flag, FlagSpec>>;
  readonly run: (input: Input<Value, Flag, Argument>, context: Context) => Promise<Result<ExitCode>>;
}

/** Ties the names that `run` may ask for to those that the command declares. */
export const defineCommand = <Value extends string, Flag extends string, Argument extends string>(
  spec: CommandSpec<Value, Flag, Argument>,
): Command => ({ details: [], examples: [], ...spec });

export const aloneFlag: FlagSpec = { help: "This agent alone: what is below it goes on" };

export const agentArgument: ArgumentSpec = {
  placeholder: "AGENT",
  help: "An agent's name, its id, or the start of its id",
  presence: "required",
};

export const messageArgument: ArgumentSpec = {
  placeholder: "MESSAGE",
  help: "A message's number, or its id",
  presence: "required",
};
