import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { readBeat } from "../../src/engine/leader/heartbeat.ts";
import { readLead } from "../../src/engine/leader/holder.ts";
import { HUNG_AFTER_MS } from "../../src/engine/leader/watch.ts";
import { realDisk } from "../../src/engine/store/disk.ts";
import { listFiles, segmentHeaderSchema, segmentName } from "../../src/engine/store/files.ts";
import { readRecords } from "../../src/engine/store/record.ts";
import { isRunning } from "./processes.ts";

/** One process's time at the head of a repository, as it was seen from outside. */
export interface SeenLead {
  readonly epoch: number;
  readonly token: string;
  readonly pid: number;
  readonly label: string;
  /** Milliseconds that nobody led before; null for the first one. */
  readonly gapMs: number | null;
}

/** A segment of the journal: the epochs of its records, in their order, without those behind its seal. */
export interface SeenSegment {
  readonly segment: number;
  readonly epochs: readonly number[];
}

export interface Leadership {
  readonly leads: readonly SeenLead[];
  /** What must never be, as it was seen. */
  readonly problems: readonly string[];
  readonly segments: readonly SeenSegment[];
}

export interface LeadershipWatch {
  readonly leads: readonly SeenLead[];
  /** A process that was stopped keeps its files open while another one leads. */
  excuse(pid: number): void;
  end(): Promise<Leadership>;
}

const LOCK_POLL_MS = 5;
const FILES_POLL_MS = 250;

/** Watches, from outside and until `end`, who leads the repository whose store this is, and who writes to it. */
export function watchLeadership(store: string): LeadershipWatch {
  const over = new AbortController();
  const leads: SeenLead[] = [];
  const problems: string[] = [];
  const excused = new Set<number>();
  const segments = new Map<number, Uint8Array>();

  const watchLock = async () => {
    let lastLed: number | undefined;
    while (!over.signal.aborted) {
      const { epoch, holder } = await readLead(store);
      const now = performance.now();
      const last = leads.at(-1);
      if (last !== undefined && epoch < last.epoch) problems.push(`epoch ${epoch} after ${last.epoch}`);
      if (holder !== null && epoch !== last?.epoch) {
        const { token, pid, label } = holder;
        leads.push({ epoch, token, pid, label, gapMs: lastLed === undefined ? null : Math.round(now - lastLed) });
      } else if (holder !== null && holder.token !== last?.token) {
        problems.push(`epoch ${epoch} was given to two processes`);
      }
      if (holder !== null && (excused.has(holder.pid) || (await isRunning(holder.pid)))) lastLed = now;
      await systemClock.sleep(LOCK_POLL_MS);
    }
  };

  const watchFiles = async () => {
    while (!over.signal.aborted) {
      await readSegments(store, segments);
      const suspects = await writersOf(store, excused);
      // One after the other is no breach: two are, that both still write when they are looked at again.
      if (suspects.length > 1) {
        const again = await writersOf(store, excused);
        const both = suspects.filter((writer) => again.includes(writer));
        if (both.length > 1) problems.push(`at the same time write ${both.join(" and ")}`);
      }
      await systemClock.sleep(FILES_POLL_MS);
    }
    await readSegments(store, segments);
  };

  const watching = Promise.all([watchLock(), watchFiles()]);
  return {
    leads,
    excuse: (pid) => excused.add(pid),
    async end() {
      over.abort();
      await watching;
      const seen = epochsOf(segments);
      const epochs = seen.flatMap((segment) => segment.epochs);
      const back = epochs.findIndex((epoch, index) => epoch < (epochs[index - 1] ?? 0));
      if (back !== -1) problems.push(`in the journal epoch ${epochs[back]} follows epoch ${epochs[back - 1]}`);
      return { leads, problems, segments: seen };
    },
  };
}

async function readSegments(store: string, segments: Map<number, Uint8Array>): Promise<void> {
  for (const segment of (await listFiles(realDisk, store)).segments) {
    const bytes = await readFile(join(store, segmentName(segment))).catch(() => undefined);
    if (bytes !== undefined && bytes.length > 0) segments.set(segment, bytes);
  }
}

/** Each segment says in its first record where the one before it was sealed. */
function epochsOf(segments: ReadonlyMap<number, Uint8Array>): SeenSegment[] {
  const seals = new Map<number, number>();
  for (const [segment, bytes] of segments) {
    const [first] = readRecords(bytes).records;
    if (first === undefined) continue;
    const { sealed } = segmentHeaderSchema.parse(JSON.parse(new TextDecoder().decode(first.payload)));
    if (sealed !== null) seals.set(segment - 1, sealed);
  }
  return [...segments]
    .sort(([a], [b]) => a - b)
    .map(([segment, bytes]) => ({
      segment,
      epochs: readRecords(bytes.subarray(0, seals.get(segment))).records.map(({ epoch }) => epoch),
    }));
}

/**
 * Processes that have a segment of the journal open to write: `PID segment`. Not their children, which have what their
 * parent has until they are the program that they were started for. Linux tells; elsewhere nobody is found.
 */
async function writersOf(store: string, excused: ReadonlySet<number>): Promise<readonly string[]> {
  const writers = new Map<number, string>();
  for (const pid of await processes()) {
    const segment = excused.has(pid) || !(await isNode(pid)) ? undefined : await segmentWrittenBy(pid, store);
    if (segment !== undefined) writers.set(pid, segment);
  }
  const parents = await Promise.all([...writers.keys()].map(parentOf));
  return [...writers].filter((_, index) => !writers.has(parents[index] ?? 0)).map((writer) => writer.join(" "));
}

const parentOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
};

async function segmentWrittenBy(pid: number, store: string): Promise<string | undefined> {
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
    if (!target.startsWith(join(store, "journal-"))) continue;
    const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, "utf8").catch(() => "");
    const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? "0", 8);
    if ((flags & 0o3) !== 0) return basename(target);
  }
  return undefined;
}

const processes = async (): Promise<readonly number[]> =>
  (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);

const isNode = (pid: number): Promise<boolean> =>
  readlink(`/proc/${pid}/exe`).then(
    (path) => path.endsWith("/node"),
    () => false,
  );

/** Other processes that run with a folder in their command line, their environment or as their own: `PID command`. */
export async function processesNaming(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await processes()) {
    if (pid === process.pid || !(await isRunning(pid))) continue;
    const [command, environment, cwd] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""),
      readlink(`/proc/${pid}/cwd`).catch(() => ""),
    ]);
    if ([command, environment, cwd].some((text) => text.includes(folder))) {
      found.push(`${pid} ${command.split("\0").join(" ").trim()}`);
    }
  }
  return found;
}

/**
 * Makes the last sign of life of a leader that was stopped (SIGSTOP) as old as it is after half a minute: the file then
 * holds what it would hold by then, since the process can't write it.
 */
export async function ageLastSign(store: string): Promise<void> {
  const beat = await readBeat(store);
  if (beat === undefined) throw new Error("there is no sign of life to make older");
  const old = (at: number) => at - HUNG_AFTER_MS;
  const aged = { ...beat, beatAt: old(beat.beatAt), loopAt: old(beat.loopAt) };
  const path = join(store, "heartbeat.json");
  const { length } = await readFile(path, "utf8");
  await writeFile(path, JSON.stringify(aged).padEnd(length));
}
