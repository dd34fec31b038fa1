#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { systemClock } from "./base/clock.ts";
import { systemIds } from "./base/ids.ts";
import { allCommands } from "./cli/commands/all.ts";
import { createInterrupts } from "./cli/interrupts.ts";
import { showCursor } from "./cli/live.ts";
import { type Environment, runProgram } from "./cli/program.ts";
import { settingsPath } from "./cli/settings/path.ts";
import { joinEngine } from "./engine/join/join.ts";
import { readEngine } from "./engine/join/read.ts";
import { examineStore, repairStore, standardModels } from "./engine/open.ts";

/** The bundle's neighbours. */
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const assets = {
  wasm: beside("sql-wasm.wasm"),
  migrations: beside("migrations/sqlite"),
  compactor: beside("compactionWorker.cjs"),
  heartbeat: beside("heartbeatWorker.cjs"),
  starter: beside("helperProcess.cjs"),
};
const packageSchema = z.object({ version: z.string() });
const { version } = packageSchema.parse(JSON.parse(readFileSync(beside("../package.json"), "utf8")));

const interrupts = createInterrupts(process, systemClock, (code) => {
  if (process.stdout.isTTY) showCursor(process.stdout);
  process.exit(code);
});

// Whoever read the output has gone, as in `banyan tree | head -1`: nothing is wrong, and there is nobody to tell.
let outputLost = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (outputLost) return;
  outputLost = true;
  const code = error.code === "EPIPE" ? 0 : 1;
  if (code !== 0) process.stderr.write(`banyan: The output can't be written: ${error.message}\n`);
  if (!interrupts.request(code)) process.exit(code);
});
process.stderr.on("error", () => {});

const host = { assets, label: "a terminal", clock: systemClock, ids: systemIds };

const environment: Environment = {
  cwd: process.cwd(),
  variables: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: () => process.stdin,
  temporaryFolder: tmpdir(),
  settingsFile: settingsPath({ platform: process.platform, variables: process.env, home: homedir() }),
  version,
  clock: systemClock,
  interrupts,
  joinEngine: (options, log) => joinEngine(options, { ...host, log }),
  readEngine: (options, log) => readEngine(options, { ...host, log }),
  examineStore: (folder) => examineStore(folder, assets),
  repairStore: (folder, log) => repairStore(folder, { ...host, log }),
  checkModel: (id, scriptFolder) => standardModels(scriptFolder, systemClock).open(id),
};

// Until the program has answered, a process that runs out of things to do has not done what it was asked for.
process.exitCode = 1;
const onNothingLeft = () => {
  process.stderr.write(
    "banyan: Nothing is left to run, and the work has not ended: every agent waits, or none could be stored.\n",
  );
  interrupts.request(1);
};
process.once("beforeExit", onNothingLeft);
runProgram(process.argv.slice(2), allCommands, environment).then((code) => {
  process.off("beforeExit", onNothingLeft);
  process.exitCode = code;
});
