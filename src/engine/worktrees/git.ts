import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { noRecorder, type ProcessRecorder } from "../../base/processes.ts";
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

/**
 * `environment`: what git may inherit from, `process.env` outside of tests. Whoever changes anything hands in the
 * recorder of the leader that does so.
 */
export function createGitRunner(environment: Environment, recorder: ProcessRecorder = noRecorder): GitRunner {
  const at = (place: Place, trust: Trust, drivers: GitConfig): Git =>
    createGit(place, { ...gitEnvironment(environment, trust, drivers), ...recorder.environment }, recorder);
  const driversOf = createDriverCache(environment, (place) => at(place, "sealed", []));
  return {
    sealed: async (place) => at(place, "sealed", await driversOf(place)),
    trusted: (place, trust) => at(place, trust, []),
  };
}

function createGit(place: Place, environment: Record<string, string>, recorder: ProcessRecorder): Git {
  const run = (args: readonly string[], options: CallOptions = {}) => {
    const call: Call = {
      what: `git ${args.find((arg) => COMMAND.test(arg)) ?? ""}`,
      args: [...placeArguments(place, options), ...args],
      cwd: place.workTree ?? place.gitDir,
      env: { ...environment, ...callVariables(options) },
    };
    return execute(call, recorder, options);
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
  readonly what: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/** Tells `merge` from the options before it and their values: `-c`, `user.name=x`. */
const COMMAND = /^[a-z][a-z-]*$/;

/**
 * In a process group of its own, so that a Ctrl-C meant for us doesn't stop it half way. The record goes when git itself
 * has ended: what a hook of the user's left running on purpose is the user's.
 */
function start({ what, args, cwd, env }: Call, recorder: ProcessRecorder): ChildProcessWithoutNullStreams {
  recorder.assertLeading();
  const child = spawn("git", [...args], { cwd, env, detached: process.platform !== "win32", windowsHide: true });
  if (child.pid !== undefined) {
    const record = recorder.started({ pid: child.pid, program: "git", what });
    child.once("exit", () => record.dispose());
  }
  return child;
}

function execute(call: Call, recorder: ProcessRecorder, options: CallOptions): Promise<Output> {
  const { args, cwd } = call;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(options.signal.reason);
      return;
    }
    const child = start(call, recorder);
    const stdout = collect(options, () => child.kill());
    const stderr: Buffer[] = [];
    let stderrBytes = 0;
    const onAbort = () => child.kill();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    child.stdout.on("data", stdout.take);
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderrBytes < MAX_STDERR) stderr.push(chunk);
      stderrBytes += chunk.length;
    });
    // A git that ends before it has read all its input breaks the pipe; its exit code says what happened.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin);
    child.on("error", (error) => {
      options.signal?.removeEventListener("abort", onAbort);
      reject(new Error(`git could not be started in ${cwd}: ${error.message}`, { cause: error }));
    });
    const end = (code: number | null, signal: string | null) => {
      options.signal?.removeEventListener("abort", onAbort);
      if (options.signal?.aborted) reject(options.signal.reason);
      else if (stdout.overflowed()) reject(new Error(`git ${args.join(" ")} wrote too much to take in`));
      else if (code === null && !stdout.stopped()) reject(new Error(`git ${args.join(" ")} was ended by ${signal}`));
      else resolve({ code, stdout: stdout.bytes(), stderr: Buffer.concat(stderr).toString() });
    };
    child.on("close", end);
    if (options.untilExit === true) child.on("exit", (code, signal) => setImmediate(end, code, signal));
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
