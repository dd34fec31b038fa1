import type { Clock } from "../base/clock.ts";
import type { Refusal, Result } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { JoinedEngine, JoinOptions } from "../engine/join/join.ts";
import type { ReadEngine } from "../engine/join/read.ts";
import type { Repair } from "../engine/store/repair.ts";
import type { Calls } from "./calls.ts";
import type { Interrupts } from "./interrupts.ts";
import type { UserSettings } from "./settings/file.ts";
import type { Terminal } from "./terminal.ts";

/** 0: done. 1: it failed. 2: wrong use or bad input. 128 and more: ended by a signal. */
export type ExitCode = number;

/** What a command works with. */
export interface Context {
  /** Where it was called. */
  readonly cwd: string;
  /** `--repo`, absolute, or else where it was called. */
  readonly folder: string;
  /** How this program is called here. */
  readonly program: string;
  /** Commands to suggest, about the same repository. */
  readonly calls: Calls;
  readonly json: boolean;
  readonly terminal: Terminal;
  readonly log: Logger;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  /** Where temporary folders are made. */
  readonly temporaryFolder: string;
  /** The text on standard input; refuses one that is longer than so many bytes, or is no text. */
  readInput(maxBytes: number): Promise<Result<string>>;
  /** The user's settings; refuses a file with something wrong in it. */
  settings(): Promise<Result<UserSettings>>;
  /** To give commands: leads the repository, or joins the process that does. */
  joinEngine(options: JoinOptions): Promise<Result<JoinedEngine>>;
  /** To look: creates and changes nothing. */
  readEngine(options: JoinOptions): Promise<Result<ReadEngine>>;
  /** Why a repository's store is damaged; null where it is sound. Changes nothing. */
  examineStore(folder: string): Promise<Result<string | null>>;
  /** What a damaged store was brought back to; null where there was nothing to do. */
  repairStore(folder: string): Promise<Result<Repair | null>>;
  /** Whether there is such a model, a script's file included; changes nothing. */
  checkModel(id: string, scriptFolder: string): Promise<Result<unknown>>;
}

const badInput: readonly Refusal["code"][] = [
  "bad_input",
  "not_found",
  "not_a_repository",
  "no_commit",
  "detached_head",
  "dirty_checkout",
  "unknown_model",
];

/** Whether it is for the one who called to do something else, or for the world to be different. */
export const exitCodeOf = (refusal: Refusal): 1 | 2 => (badInput.includes(refusal.code) ? 2 : 1);
