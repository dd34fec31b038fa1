import { ok, refuse } from "../base/errors.ts";
import { type Command, defineCommand } from "./command.ts";
import { globalFlags, globalValues, unknownCommand, usageParts } from "./parse.ts";
import { indent, type Line, line, span, stacked } from "./render/line.ts";
import { left, table } from "./render/table.ts";
import { wrap } from "./render/text.ts";

const about =
  "Banyan runs teams of coding agents as a tree: each in a git worktree of its own, on a budget its parent gave it.";

const exitCodes = "Exit codes: 0 done, 1 it failed, 2 wrong use or bad input.";

/** Columns that running text takes at the most. */
const WIDEST = 110;
const INDENT = 2;

/** What `banyan --help` shows, in a terminal of `width` columns. */
export const overviewLines = (commands: readonly Command[], width: number): Line[] =>
  stacked(
    paragraph(about, width),
    section("Usage", [line("banyan COMMAND [arguments] [options]"), line("banyan help COMMAND")]),
    section(
      "Commands",
      pairs(
        commands.map(({ name, summary }) => [name, summary]),
        width,
      ),
    ),
    section("Options", globalOptionLines(width)),
    [line(exitCodes, "dim")],
  );

/** What `banyan COMMAND --help` shows. */
export function commandHelpLines(command: Command, width: number): Line[] {
  const words = Object.values(command.arguments).map(({ placeholder, help }) => [placeholder, help] as const);
  const values = Object.entries(command.values).map(
    ([name, { placeholder, help }]) => [`--${name} ${placeholder}`, help] as const,
  );
  const flags = Object.entries(command.flags).map(([name, { help }]) => [`--${name}`, help] as const);
  return stacked(
    paragraph(`${command.summary}.`, width),
    section("Usage", usageLines(command, width)),
    ...command.details.map((text) => paragraph(text, width)),
    section(
      "Examples",
      command.examples.map((each) => line(`banyan ${each}`, "cyan")),
    ),
    section("Arguments", pairs(words, width)),
    section("Options", pairs([...values, ...flags], width)),
    section("Options of every command", globalOptionLines(width)),
  );
}

/** The usage, what does not fit in lines below that stand further in. */
function usageLines(command: Command, width: number): Line[] {
  const room = Math.min(width, WIDEST) - INDENT;
  const rows: string[] = [];
  for (const part of usageParts(command)) {
    const longer = `${rows.at(-1) ?? ""} ${part}`;
    if (rows.length > 0 && longer.length <= room) rows[rows.length - 1] = longer;
    else rows.push(rows.length === 0 ? part : `${" ".repeat(2 * INDENT)}${part}`);
  }
  return rows.map((each) => line(each));
}

const paragraph = (text: string, width: number): Line[] =>
  wrap(text, Math.min(width, WIDEST)).map((each) => line(each));

const globalOptionLines = (width: number): Line[] =>
  pairs(
    [
      ...Object.entries(globalValues).map(([name, spec]) => [`--${name} ${spec.placeholder}`, spec.help] as const),
      ...Object.entries(globalFlags).map(
        ([name, spec]) => [name === "help" ? "-h, --help" : `--${name}`, spec.help] as const,
      ),
    ],
    width,
  );

const section = (title: string, body: readonly Line[]): Line[] =>
  body.length === 0 ? [] : [line(title, "bold"), ...indent(body, INDENT)];

const GAP = 2;
/** Columns that are left for what stands beside the names, however narrow the terminal is. */
const NARROWEST = 24;

/** Names and what they are for, in as many lines as that takes. */
function pairs(rows: readonly (readonly [string, string])[], width: number): Line[] {
  const names = Math.max(0, ...rows.map(([name]) => name.length));
  const room = Math.max(NARROWEST, Math.min(width, WIDEST) - INDENT - names - GAP);
  const cells = rows.flatMap(([name, help]) =>
    wrap(help, room).map((each, index) => [[span(index === 0 ? name : "", "cyan")], line(each)]),
  );
  return table([left(""), left("")], cells);
}

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
        terminal.print(...overviewLines(commands, terminal.width()));
        return ok(0);
      }
      const name = [first, input.optional("subcommand")].filter((word) => word !== undefined).join(" ");
      const command =
        commands.find((candidate) => candidate.name === name) ??
        commands.find((candidate) => candidate.name.startsWith(`${name} `));
      if (command === undefined) return refuse("bad_input", unknownCommand(name, commands));
      terminal.print(...commandHelpLines(command, terminal.width()));
      return ok(0);
    },
  });
