import { ok, refuse } from "../base/errors.ts";
import { type Command, defineCommand } from "./command.ts";
import { globalFlags, globalValues, unknownCommand, usageOf } from "./parse.ts";
import { indent, type Line, line, span, stacked } from "./render/line.ts";
import { left, table } from "./render/table.ts";

const about =
  "Banyan runs teams of coding agents as a tree: each in a git worktree of its own, on a budget its parent gave it.";

const exitCodes = "Exit codes: 0 done, 1 it failed, 2 wrong use or bad input.";

/** What `banyan --help` shows. */
export const overviewLines = (commands: readonly Command[]): Line[] =>
  stacked(
    [line(about)],
    section("Usage", [line("banyan COMMAND [arguments] [options]"), line("banyan help COMMAND")]),
    section("Commands", pairs(commands.map(({ name, summary }) => [name, summary]))),
    section("Options", globalOptionLines()),
    [line(exitCodes, "dim")],
  );

/** What `banyan COMMAND --help` shows. */
export function commandHelpLines(command: Command): Line[] {
  const words = Object.values(command.arguments).map(({ placeholder, help }) => [placeholder, help] as const);
  const values = Object.entries(command.values).map(
    ([name, { placeholder, help }]) => [`--${name} ${placeholder}`, help] as const,
  );
  const flags = Object.entries(command.flags).map(([name, { help }]) => [`--${name}`, help] as const);
  return stacked(
    [line(`${command.summary}.`)],
    section("Usage", [line(usageOf(command))]),
    ...command.details.map((paragraph) => paragraph.split("\n").map((each) => line(each))),
    section("Arguments", pairs(words)),
    section("Options", pairs([...values, ...flags])),
    section("Options of every command", globalOptionLines()),
  );
}

const globalOptionLines = (): Line[] =>
  pairs([
    ...Object.entries(globalValues).map(([name, spec]) => [`--${name} ${spec.placeholder}`, spec.help] as const),
    ...Object.entries(globalFlags).map(
      ([name, spec]) => [name === "help" ? "-h, --help" : `--${name}`, spec.help] as const,
    ),
  ]);

const section = (title: string, body: readonly Line[]): Line[] =>
  body.length === 0 ? [] : [line(title, "bold"), ...indent(body)];

const pairs = (rows: readonly (readonly [string, string])[]): Line[] =>
  table(
    [left(""), left("")],
    rows.map(([name, help]) => [[span(name, "cyan")], line(help)]),
  );

/** `banyan help [COMMAND]` over the other commands. */
export const createHelpCommand = (commands: readonly Command[]): Command =>
  defineCommand({
    name: "help",
    summary: "Show help on a command",
    arguments: {
      command: { placeholder: "COMMAND", help: "A command of banyan", presence: "optional" },
      subcommand: { placeholder: "SUBCOMMAND", help: "Its second word, where it has one", presence: "optional" },
    },
    values: {},
    flags: {},
    async run(input, { terminal }) {
      const first = input.optional("command");
      if (first === undefined) {
        terminal.print(...overviewLines(commands));
        return ok(0);
      }
      const name = [first, input.optional("subcommand")].filter((word) => word !== undefined).join(" ");
      const command =
        commands.find((candidate) => candidate.name === name) ??
        commands.find((candidate) => candidate.name.startsWith(`${name} `));
      if (command === undefined) return refuse("bad_input", unknownCommand(name, commands));
      terminal.print(...commandHelpLines(command));
      return ok(0);
    },
  });
