import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposable.ts";
import { messageOf } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import type { Logger } from "../../base/log.ts";
import type { ProcessRecorder, StartedProcess } from "../../base/processes.ts";
import { createDarwinTable } from "./darwin.ts";
import { folderIdentity } from "./holder.ts";
import { parseJson } from "./json.ts";
import { createLinuxTable } from "./linux.ts";
import { createPosixSystem } from "./posix.ts";
import { LEADER_VARIABLE, type ProcessRecord, processRecordSchema } from "./processRecord.ts";
import { runProgram } from "./programs.ts";
import type { ProcessSystem } from "./system.ts";
import { createWindowsSystem } from "./windows.ts";

/** The processes that leaders of a repository started, kept where the next leader finds them. */
export interface ProcessGroups extends ProcessRecorder {
  /**
   * Ends what leaders before this one started and left behind, whole groups: asks first, then forces. Answers what it
   * ended, for a log. Takes a few seconds at most and never rejects: what can't be ended is logged, and tried again by
   * the next leader. To be called by who leads, before anything else is started or recovered.
   */
  endRecorded(): Promise<readonly string[]>;
}

export interface ProcessGroupsDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly assertLeading: () => void;
  /** The one that this runs on, outside of tests. */
  readonly system?: ProcessSystem;
}

/** How long a process that was asked to end may take to clean up. */
const GRACE_MS = 2_000;
/** How long the system may take to end one that is forced to. */
const FORCE_MS = 3_000;
const POLL_MS = 20;

/** A pid, and when it was recorded. */
const RECORD_NAME = /^\d+-\d+\.json$/;

/** What every part of this file works with. */
interface Room extends Required<ProcessGroupsDeps> {
  readonly folder: string;
  /** Identity of that folder. */
  readonly store: string;
  /** This leader's name in its records and in the environment of what it starts. */
  readonly leader: string;
}

/** `storeFolder` must be there. Throws where it can't be written to. */
export function createProcessGroups(storeFolder: string, deps: ProcessGroupsDeps): ProcessGroups {
  const system = deps.system ?? systemOf(process.platform);
  const folder = join(storeFolder, "processes");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const room: Room = { ...deps, system, folder, store: folderIdentity(folder), leader: deps.ids.unique() };
  return {
    environment: { [LEADER_VARIABLE]: room.leader },
    assertLeading: () => deps.assertLeading(),
    started: (child) => record(room, child),
    endRecorded: () => endRecorded(room),
  };
}

function systemOf(platform: NodeJS.Platform): ProcessSystem {
  if (platform === "win32") {
    return createWindowsSystem(runProgram, join(process.env.SystemRoot ?? "C:\\Windows", "System32"));
  }
  return createPosixSystem(platform === "darwin" ? createDarwinTable(runProgram) : createLinuxTable());
}

/**
 * A record has to outlive its leader, not the machine, which takes the processes along when it goes: nothing is flushed.
 * It is written before the event loop goes on, so that a kill finds few processes without one.
 */
function record(room: Room, child: StartedProcess): Disposable {
  const startedAt = room.clock.now();
  const path = join(room.folder, `${child.pid}-${startedAt}.json`);
  const processStart = room.system.identity(child.pid);
  const { pid, program, what } = child;
  const content: ProcessRecord = {
    pid,
    ...(processStart === undefined ? {} : { processStart }),
    startedAt,
    program,
    what,
    host: hostname(),
    store: room.store,
    leader: room.leader,
  };
  attempt(room, what, () => writeFileSync(path, JSON.stringify(content), { mode: 0o600 }));
  return toDisposable(() => attempt(room, what, () => rmSync(path, { force: true })));
}

/** A disk that refuses a record must not stop the work that it is about. */
function attempt(room: Room, what: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    room.log.warn("A process could not be recorded", { what, reason: messageOf(error) });
  }
}

async function endRecorded(room: Room): Promise<readonly string[]> {
  const names = await readdir(room.folder).catch(() => []);
  const ended = await Promise.all(names.map((name) => endRecordedIn(room, name)));
  return ended.filter((what) => what !== undefined);
}

/** Ends what a file tells of; undefined where nothing had to be ended. */
async function endRecordedIn(room: Room, name: string): Promise<string | undefined> {
  const path = join(room.folder, name);
  try {
    const found = await readRecord(room, name, path);
    if (found === undefined || found.leader === room.leader) return undefined;
    const outcome = await endOne(room, found);
    if (outcome !== "still runs") await rm(path, { force: true });
    return outcome === "ended" ? `${found.what} (process ${found.pid})` : undefined;
  } catch (error) {
    room.log.error("What an earlier process started could not be ended", error, { path });
    return undefined;
  }
}

/** Undefined, and said in the log, for what is no record, or one of another machine. */
async function readRecord(room: Room, name: string, path: string): Promise<ProcessRecord | undefined> {
  if (!RECORD_NAME.test(name)) {
    room.log.warn("A file that is no record of a process was left alone", { path });
    return undefined;
  }
  const parsed = processRecordSchema.safeParse(parseJson(await readFile(path, "utf8")));
  if (!parsed.success) {
    room.log.warn("A record of a process that can't be read was removed", { path });
    await rm(path, { force: true });
    return undefined;
  }
  if (parsed.data.store !== undefined && parsed.data.store !== room.store) {
    // It came with a copy of another repository, whose leader may live.
    await rm(path, { force: true });
    return undefined;
  }
  if (parsed.data.host !== hostname()) {
    room.log.warn("A process of another machine was left alone", { path, host: parsed.data.host });
    return undefined;
  }
  return parsed.data;
}

async function endOne(room: Room, found: ProcessRecord): Promise<"was gone" | "ended" | "still runs"> {
  const { system, log } = room;
  if (!(await system.isOurs(found))) return "was gone";
  await system.signal(found, "SIGTERM");
  if (await endsWithin(room, found, GRACE_MS)) return "ended";
  await system.signal(found, "SIGKILL");
  if (await endsWithin(room, found, FORCE_MS)) return "ended";
  log.warn("What an earlier process started could not be ended", { what: found.what, pid: found.pid });
  return "still runs";
}

async function endsWithin({ system, clock }: Room, found: ProcessRecord, ms: number): Promise<boolean> {
  const until = clock.now() + ms;
  while (await system.runs(found)) {
    if (clock.now() >= until) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}
