import { join } from "node:path";
import { Readable } from "node:stream";
import { type Clock, systemClock } from "../../../../src/base/clock.ts";
import { systemIds } from "../../../../src/base/ids.ts";
import { allCommands } from "../../../../src/cli/commands/all.ts";
import type { Interrupts } from "../../../../src/cli/interrupts.ts";
import { runProgram } from "../../../../src/cli/program.ts";
import { joinEngine } from "../../../../src/engine/join/join.ts";
import { readEngine } from "../../../../src/engine/join/read.ts";
import { examineStore, repairStore, standardModels } from "../../../../src/engine/open.ts";
import { assets } from "../../../support/store.ts";
import { createStream } from "./stream.ts";

const hostWith = (clock: Clock) => ({ assets, label: "a test", clock, ids: systemIds });

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Shell {
  /** Runs `banyan` with these arguments, as where its output goes to a file. */
  run(...args: string[]): Promise<Ran>;
  /** The same on a terminal, without colours. */
  look(...args: string[]): Promise<Ran>;
  /** The JSON document that a command prints. */
  json(...args: string[]): Promise<unknown>;
}

interface ShellOptions {
  readonly cwd: string;
  readonly temporaryFolder: string;
  /** The user's settings; none where absent. */
  readonly settingsFile?: string;
  /** What is piped into it; nothing where absent. */
  readonly input?: string | Uint8Array;
  /** The columns of the terminal; 100 where absent. */
  readonly columns?: number;
  /** The engine's; the system's where absent. */
  readonly clock?: Clock;
  /** A command is interrupted, as by Ctrl-C, when this stands in its output. */
  readonly interruptAt?: RegExp;
}

/** The whole program on a real engine, in this process. */
export function createShell({
  cwd,
  temporaryFolder,
  settingsFile,
  interruptAt,
  input,
  columns = 100,
  clock = systemClock,
}: ShellOptions): Shell {
  const host = hostWith(clock);
  const runWith = async (args: readonly string[], isTTY: boolean): Promise<Ran> => {
    const interrupt = new AbortController();
    const interrupts: Interrupts = { guard: (body) => body(interrupt.signal), request: () => false };
    const stdout = createStream({ isTTY, columns, rows: 30 });
    const write = (text: string) => {
      stdout.write(text);
      if (interruptAt?.test(stdout.text())) interrupt.abort(130);
    };
    write("");
    const stderr = createStream();
    const code = await runProgram(args, allCommands, {
      cwd,
      variables: { NO_COLOR: "1" },
      stdout: { ...stdout, write },
      stderr,
      stdin: () => Readable.from(input === undefined ? [] : [Buffer.from(input)]),
      temporaryFolder,
      settingsFile: settingsFile ?? join(temporaryFolder, "no-settings.json"),
      version: "1.2.3",
      clock: systemClock,
      interrupts,
      joinEngine: (options, log) => joinEngine(options, { ...host, log }),
      readEngine: (options, log) => readEngine(options, { ...host, log }),
      examineStore: (folder) => examineStore(folder, assets),
      repairStore: (folder, log) => repairStore(folder, { ...host, log }),
      checkModel: (id, scriptFolder) => standardModels(scriptFolder, systemClock).open(id),
    });
    return { code, out: stdout.text(), err: stderr.text() };
  };
  return {
    run: (...args) => runWith(args, false),
    look: (...args) => runWith(args, true),
    async json(...args) {
      const { out } = await runWith([...args, "--json"], false);
      return JSON.parse(out);
    },
  };
}
