import type { Disposable } from "../../base/disposable.ts";
import { noRecorder, type ProcessRecorder } from "../../base/processes.ts";
import type { Program, ProgramStarter } from "../../base/programs.ts";
import { directStarter } from "../processes/direct.ts";
import { createDriverCache } from "./drivers.ts";
import { type Environment, type GitConfig, gitEnvironment, type Trust } from "./environment.ts";

/** Which repository, and which files, a command is about. Always said, never discovered. */
export interface Place {
  /** The git directory; a linked worktree's own, where there is one. */
  readonly gitDir: string;
  /** Absent for commands that touch no files. */
  readonly workTree?: string;
}

/** Who stands in a commit, and when (milliseconds since the Unix epoch). */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly at: number;
}

export interface CallOptions {
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** An index other than the place's own. */
  readonly index?: string;
  readonly signature?: Signature;
  /** Bytes of output; more is an error. */
  readonly maxOutput?: number;
  /** Gets the output as it comes instead of its being collected; `false` means it has seen enough. */
  readonly onOutput?: (chunk: Buffer) => boolean;
  /** Paths are names, never patterns. */
  readonly literalPaths?: boolean;
  /** Doesn't wait for what git's own children (a hook's daemon) may still write once git has ended. */
  readonly untilExit?: boolean;
  /** May write to the index in passing (stat cache). Commands that are there to write don't need it. */
  readonly refreshIndex?: boolean;
}

export interface Output {
  /** What git exited with; null when it was stopped because `onOutput` had seen enough. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Git on one place. An exit code is an answer, not an exception; what throws is a git that can't be started. */
export interface Git {
  readonly place: Place;
  run(args: readonly string[], options?: CallOptions): Promise<Output>;
  /** Resolves with the output; throws a `GitError` unless git exits with 0. */
  mustRun(args: readonly string[], options?: CallOptions): Promise<Buffer>;
  /** As `mustRun`, as text without the line break at its end. */
  text(args: readonly string[], options?: CallOptions): Promise<string>;
}

/** Starts git. The only one in this room that does so, but for `porcelain.ts`, which looks for the repository. */
export interface GitRunner {
  /** Git without hooks, filters, drivers, or anything else that a configuration could name as a program. */
  sealed(place: Place): Promise<Git>;
  /** Git on the user's own checkout: with the user's filters, and with `own` also the user's hooks. */
  trusted(place: Place, trust: "filters" | "own"): Git;
}

export class GitError extends Error {
  override readonly name = "GitError";
  readonly code: number | null;
  readonly stderr: string;

  constructor(args: readonly string[], output: Output) {
    super(`git ${args.join(" ")} exited with ${output.code}: ${output.stderr.trim()}`, {
      cause: diskRefusal(output.stderr),
    });
    this.code = output.code;
    this.stderr = output.stderr.trim();
  }
}

/** Git tells a disk that refuses by its words alone: in English, whatever the user speaks. */
const refusedByDisk = /No space left on device|Disk quota exceeded|Input\/output error|Read-only file system/;

const diskRefusal = (stderr: string): Error | undefined =>
  refusedByDisk.test(stderr) ? Object.assign(new Error("the disk refused"), { code: "ENOSPC" }) : undefined;

const MAX_OUTPUT = 256 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;

/** Who starts git, and keeps in mind that it runs. */
export interface GitHost {
  readonly starter: ProgramStarter;
  readonly recorder: ProcessRecorder;
}

/** For processes that only read, and are small. */
const plainHost: GitHost = { starter: directStarter, recorder: noRecorder };

/**
 * `environment`: what git may inherit from, `process.env` outside of tests. Whoever changes anything hands in the
 * recorder of the leader that does so.
 */
export function createGitRunner(environment: Environment, host: Partial<GitHost> = {}): GitRunner {
  const all = { ...plainHost, ...host };
  const at = (place: Place, trust: Trust, drivers: GitConfig): Git =>
    createGit(place, { ...gitEnvironment(environment, trust, drivers), ...all.recorder.environment }, all);
  const driversOf = createDriverCache(environment, (place) => at(place, "sealed", []));
  return {
    sealed: async (place) => at(place, "sealed", await driversOf(place)),
    trusted: (place, trust) => at(place, trust, []),
  };
}

function createGit(place: Place, environment: Record<string, string>, host: GitHost): Git {
  const run = (args: readonly string[], options: CallOptions = {}) => {
    const program: Program = {
      file: "git",
      args: [...placeArguments(place, options), ...args],
      cwd: place.workTree ?? place.gitDir,
      env: { ...environment, ...callVariables(options) },
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    };
    return execute({ program, what: `git ${args.find((arg) => COMMAND.test(arg)) ?? ""}` }, host, options);
  };
  const mustRun = async (args: readonly string[], options?: CallOptions) => {
    const output = await run(args, options);
    if (output.code !== 0) throw new GitError(args, output);
    return output.stdout;
  };
  return {
    place,
    run,
    mustRun,
    text: async (args, options) => (await mustRun(args, options)).toString().replace(/\n$/, ""),
  };
}

const placeArguments = (place: Place, options: CallOptions): string[] => [
  `--git-dir=${place.gitDir}`,
  ...(place.workTree === undefined ? [] : [`--work-tree=${place.workTree}`]),
  ...(options.literalPaths === true ? ["--literal-pathspecs"] : []),
];

function callVariables(options: CallOptions): Record<string, string> {
  return {
    ...(options.refreshIndex === true ? {} : { GIT_OPTIONAL_LOCKS: "0" }),
    ...(options.index === undefined ? {} : { GIT_INDEX_FILE: options.index }),
    ...(options.signature === undefined ? {} : signatureVariables(options.signature)),
  };
}

function signatureVariables({ name, email, at }: Signature): Record<string, string> {
  const date = `@${Math.floor(at / 1000)} ${timeZone(at)}`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}

/** `+0200`: how far the local time was ahead of UTC at that instant. */
function timeZone(at: number): string {
  const ahead = -new Date(at).getTimezoneOffset();
  const two = (part: number) => String(part).padStart(2, "0");
  return `${ahead < 0 ? "-" : "+"}${two(Math.floor(Math.abs(ahead) / 60))}${two(Math.abs(ahead) % 60)}`;
}

/** One start of git. */
interface Call {
  readonly program: Program;
  readonly what: string;
}

/** Tells `merge` from the options before it and their values: `-c`, `user.name=x`. */
const COMMAND = /^[a-z][a-z-]*$/;

/**
 * In a process group of its own, so that a Ctrl-C meant for us doesn't stop it half way. The record goes when git itself
 * has ended: what a hook of the user's left running on purpose is the user's.
 */
function execute({ program, what }: Call, { starter, recorder }: GitHost, options: CallOptions): Promise<Output> {
  const { args, cwd } = program;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(options.signal.reason);
      return;
    }
    recorder.assertLeading();
    const stop = () => running.kill("SIGTERM", "program");
    const stdout = collect(options, stop);
    const stderr: Buffer[] = [];
    let stderrBytes = 0;
    let record: Disposable | undefined;
    const end = (code: number | null, signal: string | null) => {
      options.signal?.removeEventListener("abort", stop);
      if (options.signal?.aborted) reject(options.signal.reason);
      else if (stdout.overflowed()) reject(new Error(`git ${args.join(" ")} wrote too much to take in`));
      else if (code === null && !stdout.stopped()) reject(new Error(`git ${args.join(" ")} was ended by ${signal}`));
      else resolve({ code, stdout: stdout.bytes(), stderr: Buffer.concat(stderr).toString() });
    };
    options.signal?.addEventListener("abort", stop, { once: true });
    const running = starter.start(program, {
      started(pid) {
        record = recorder.started({ pid, program: "git", what });
      },
      stdout: stdout.take,
      stderr(chunk) {
        if (stderrBytes < MAX_STDERR) stderr.push(chunk);
        stderrBytes += chunk.length;
      },
      exited(code, signal) {
        record?.dispose();
        if (options.untilExit === true) end(code, signal);
      },
      closed: end,
      failed(error) {
        options.signal?.removeEventListener("abort", stop);
        const problem = record === undefined ? `could not be started in ${cwd}` : `was cut off in ${cwd}`;
        record?.dispose();
        reject(new Error(`git ${problem}: ${error.message}`, { cause: error }));
      },
    });
  });
}

/** Takes in what git writes, up to the bound, or hands it on. */
function collect(options: CallOptions, stop: () => void) {
  const chunks: Buffer[] = [];
  const bound = options.maxOutput ?? MAX_OUTPUT;
  let size = 0;
  let stopped = false;
  return {
    take(chunk: Buffer) {
      if (stopped) return;
      size += chunk.length;
      if (options.onOutput === undefined) chunks.push(chunk);
      stopped = options.onOutput === undefined ? size > bound : !options.onOutput(chunk);
      if (stopped) stop();
    },
    bytes: () => Buffer.concat(chunks),
    stopped: () => stopped,
    overflowed: () => stopped && options.onOutput === undefined,
  };
}

/** The fields of an output that ends each with a NUL. */
export function records(output: Buffer): string[] {
  const fields = output.toString().split("\0");
  fields.pop();
  return fields;
}
