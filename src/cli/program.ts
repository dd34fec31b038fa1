import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../base/clock.ts";
import { isDiskRefusal, messageOf, ok, type Result, refuse } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { JoinedEngine, JoinOptions } from "../engine/join/join.ts";
import type { ReadEngine } from "../engine/join/read.ts";
import { StoreUnavailableError } from "../engine/store/port.ts";
import type { Repair } from "../engine/store/repair.ts";
import { createCalls, programName } from "./calls.ts";
import { type Command, defineCommand, type Input } from "./command.ts";
import { type Context, type ExitCode, exitCodeOf } from "./context.ts";
import { commandHelpLines, createHelpCommand, overviewLines } from "./help.ts";
import type { Interrupts } from "./interrupts.ts";
import { createLogger } from "./log.ts";
import { findCommand, isHelpWanted, parseInput } from "./parse.ts";
import { quoted } from "./render/text.ts";
import { readSettings } from "./settings/file.ts";
import { type InputStream, readText } from "./stdin.ts";
import { createTerminal, type OutputStream, type Terminal, type Variables } from "./terminal.ts";

/** The machine that the program runs on, so that a test can be one. */
export interface Environment {
  readonly cwd: string;
  readonly variables: Variables;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Asked for where a command reads it. */
  stdin(): InputStream;
  readonly temporaryFolder: string;
  /** The user's own; it need not be there. */
  readonly settingsFile: string;
  readonly version: string;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  joinEngine(options: JoinOptions, log: Logger): Promise<Result<JoinedEngine>>;
  readEngine(options: JoinOptions, log: Logger): Promise<Result<ReadEngine>>;
  checkModel(id: string, scriptFolder: string): Promise<Result<unknown>>;
  examineStore(folder: string): Promise<Result<string | null>>;
  repairStore(folder: string, log: Logger): Promise<Result<Repair | null>>;
}

/** Runs one command line and answers its exit code. Whatever goes wrong is one line on standard error. */
export async function runProgram(
  args: readonly string[],
  commands: readonly Command[],
  environment: Environment,
): Promise<ExitCode> {
  const { stdout, stderr, variables } = environment;
  const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const terminal = createTerminal({ stdout, stderr, variables, noColor: flags.includes("--no-color") });
  try {
    const done = await dispatch(args, commands, environment, terminal);
    if (done.ok) return done.value;
    terminal.complain(done.refusal.message);
    return exitCodeOf(done.refusal);
  } catch (error) {
    terminal.complain(faultOf(error));
    if (flags.includes("--verbose") && error instanceof Error) {
      for (const each of (error.stack ?? "").split("\n").slice(1)) terminal.note(each);
    }
    return 1;
  }
}

/** A disk that refuses is no fault of anybody here; everything else that throws is one. */
function faultOf(error: unknown): string {
  const refused = isDiskRefusal(error) || error instanceof StoreUnavailableError;
  if (!refused) return `Something went wrong that should not: ${messageOf(error)}`;
  return `${messageOf(error)}. What was stored is safe; make room on the disk and try again.`;
}

/** What is typed without a command: options alone. */
const noCommand = defineCommand({
  name: "",
  summary: "",
  arguments: {},
  values: {},
  flags: {},
  run: async () => ok(0),
});

async function dispatch(
  args: readonly string[],
  commands: readonly Command[],
  environment: Environment,
  terminal: Terminal,
): Promise<Result<ExitCode>> {
  const found = findCommand(args, [...commands, createHelpCommand(commands)]);
  if (!found.ok) return found;
  const { command = noCommand, rest } = found.value;
  if (command !== noCommand && isHelpWanted(rest, command)) {
    terminal.print(...commandHelpLines(command, terminal.width()));
    return ok(0);
  }
  const input = parseInput(command, rest);
  if (!input.ok) return input;
  if (input.value.flag("version")) return print(terminal, `${environment.version}\n`);
  if (command === noCommand) {
    terminal.print(...overviewLines(commands, terminal.width()));
    return ok(0);
  }
  const context = await createContext(input.value, environment, terminal);
  return context.ok ? command.run(input.value, context.value) : context;
}

function print(terminal: Terminal, text: string): Result<ExitCode> {
  terminal.raw(text);
  return ok(0);
}

async function createContext(input: Input, environment: Environment, terminal: Terminal): Promise<Result<Context>> {
  const { cwd, clock, interrupts, temporaryFolder } = environment;
  const repo = input.value("repo");
  const folder = resolve(cwd, repo ?? ".");
  if (!(await isFolder(folder))) {
    return refuse(
      "bad_input",
      `Folder ${quoted(repo ?? folder)} does not exist: give --repo the folder of a repository.`,
    );
  }
  const log = createLogger(terminal.note, input.flag("verbose"));
  const program = programName(environment.variables);
  return ok({
    cwd,
    folder,
    program,
    calls: createCalls(program, repo),
    json: input.flag("json"),
    terminal,
    log,
    clock,
    interrupts,
    temporaryFolder,
    readInput: (maxBytes) => readText(environment.stdin(), maxBytes),
    settings: () => readSettings(environment.settingsFile),
    joinEngine: (options) => environment.joinEngine(options, log),
    readEngine: (options) => environment.readEngine(options, log),
    checkModel: environment.checkModel,
    examineStore: environment.examineStore,
    repairStore: (folder) => environment.repairStore(folder, log),
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
