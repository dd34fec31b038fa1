import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { dirname } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { createDeferred } from "../../base/deferred.ts";
import type { Logger } from "../../base/log.ts";
import type { Program, ProgramEvents, ProgramStarter, RunningProgram } from "../../base/programs.ts";
import { directStarter } from "./direct.ts";
import { endGroups } from "./ending.ts";
import { createDecoder, decodeEnd, decodeError, encode, encodeProgram, type Frame, kinds } from "./frames.ts";

export interface HelperStarter extends ProgramStarter {
  /** Ends what still runs, and the helper. Nothing is started after that. */
  dispose(): Promise<void>;
}

export interface HelperDeps {
  /** Path of the built `helperProcess`. */
  readonly script: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Starts programs from a small process of its own, which is begun at once, while this one is small too: starting a
 * program from a process holds its event loop up the longer the more memory it has. When the helper is lost, what it had
 * started is ended and fails, and the next start begins another one. Where none can be had, this process starts programs
 * itself.
 */
export function createHelperStarter(deps: HelperDeps): HelperStarter {
  let helper: Helper | undefined;
  let isUsable = true;
  let isDisposed = false;
  const begin = (): Helper => {
    const begun = beginHelper(deps, (wasReady) => {
      if (helper === begun) helper = undefined;
      isUsable &&= wasReady;
    });
    return begun;
  };
  helper = begin();
  return {
    start(program, events) {
      if (isDisposed) {
        events.failed(new Error("the engine was stopped"));
        return { kill() {} };
      }
      if (!isUsable) return directStarter.start(program, events);
      helper ??= begin();
      return helper.start(program, events);
    },
    async dispose() {
      isDisposed = true;
      await helper?.dispose();
    },
  };
}

interface Helper extends ProgramStarter {
  dispose(): Promise<void>;
}

/** A program that the helper was told to start. */
interface Started {
  readonly program: Program;
  readonly events: ProgramEvents;
  pid?: number;
  hasExited?: boolean;
  /** Where it had to be started without the helper. */
  direct?: RunningProgram;
}

/** `onLost` hears whether it had ever answered. */
function beginHelper({ script, clock, log }: HelperDeps, onLost: (wasReady: boolean) => void): Helper {
  const { child, channel } = spawnHelper(script);
  const all = new Map<number, Started>();
  const gone = createDeferred<void>();
  let last = 0;
  let isReady = false;
  let isLeaving = false;

  /** The process may end while nothing runs that somebody waits for. */
  const hold = () => {
    if (all.size > 0) channel?.ref();
    else channel?.unref();
  };
  const tell = (kind: number, id: number, content: Uint8Array) => {
    channel?.cork();
    for (const part of encode(kind, id, content)) channel?.write(part);
    channel?.uncork();
  };
  const onFrame = (frame: Frame) => {
    if (frame.kind === kinds.ready) isReady = true;
    const one = all.get(frame.id);
    if (one === undefined) return;
    dispatch(one, frame);
    if (frame.kind !== kinds.closed && frame.kind !== kinds.failed) return;
    all.delete(frame.id);
    hold();
  };
  const lose = async (how: string) => {
    const cutOff = [...all.values()];
    all.clear();
    onLost(isReady || isLeaving);
    if (!isLeaving) log.warn("The process that starts programs was lost", { how, wasReady: isReady });
    if (isReady || isLeaving) await failAll(cutOff, how, clock);
    else for (const one of cutOff) one.direct = directStarter.start(one.program, one.events);
    gone.resolve();
  };

  let how = "closed its channel";
  const exited = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      how = `ended with ${signal ?? code}`;
      resolve();
    });
    child.once("error", (error) => {
      how = error.message;
      resolve();
    });
  });
  const closed = new Promise<void>((resolve) => {
    if (channel === undefined) resolve();
    else channel.once("close", () => resolve());
  });
  void Promise.all([exited, closed]).then(() => lose(how));
  channel?.on("error", () => {});
  channel?.on("data", createDecoder(onFrame));
  child.unref();
  hold();

  return {
    start(program, events) {
      const one: Started = { program, events };
      const id = ++last;
      try {
        tell(kinds.start, id, encodeProgram(program));
        all.set(id, one);
        hold();
      } catch (error) {
        events.failed(error instanceof Error ? error : new Error(String(error)));
      }
      return {
        kill(signal, whom) {
          if (one.direct !== undefined) one.direct.kill(signal, whom);
          else if (all.has(id)) tell(kinds.kill, id, Buffer.from(`${signal} ${whom}`));
        },
      };
    },
    async dispose() {
      isLeaving = true;
      child.ref();
      channel?.ref();
      channel?.end();
      await gone.promise;
    },
  };
}

function dispatch(one: Started, { kind, content }: Frame): void {
  const { events } = one;
  if (kind === kinds.started) {
    one.pid = content.readUInt32BE(0);
    events.started(one.pid);
  } else if (kind === kinds.stdout) events.stdout(content);
  else if (kind === kinds.stderr) events.stderr(content);
  else if (kind === kinds.exited) {
    one.hasExited = true;
    events.exited(...decodeEnd(content));
  } else if (kind === kinds.closed) events.closed(...decodeEnd(content));
  else if (kind === kinds.failed) events.failed(decodeError(content));
}

/** Nobody can say any more what becomes of them: they are ended first, so that nothing goes on beside what comes next. */
async function failAll(cutOff: readonly Started[], how: string, clock: Clock): Promise<void> {
  await endGroups(
    cutOff.flatMap(({ pid, hasExited }) => (pid === undefined || hasExited === true ? [] : [pid])),
    clock,
  );
  for (const { events } of cutOff) events.failed(new Error(`the process that starts programs was lost: it ${how}`));
}

/** Without what a debugger of this process would have Node do, and out of reach of a Ctrl-C that is meant for us. */
function spawnHelper(script: string): { readonly child: ChildProcess; readonly channel: Socket | undefined } {
  const { NODE_OPTIONS: _, VSCODE_INSPECTOR_OPTIONS: __, ...env } = process.env;
  const child = spawn(process.execPath, [script], {
    // Electron's program is Node when it is told so.
    env: { ...env, ELECTRON_RUN_AS_NODE: "1" },
    // No folder of anybody's, which Windows would not let go.
    cwd: dirname(process.execPath),
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const channel = child.stdio[3];
  return { child, channel: channel instanceof Socket ? channel : undefined };
}
