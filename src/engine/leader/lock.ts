import { mkdir, open, readFile, rename } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import type { Logger } from "../../base/log.ts";
import { isAlive, processStart } from "./process.ts";

const holderSchema = z.object({
  pid: z.int().positive(),
  /** As `processStart` tells it. */
  processStart: z.string().optional(),
  host: z.string(),
  /** What a person calls the process: `a terminal`, `a VS Code window`. */
  label: z.string(),
  token: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/** The file outlives its holders, so that no epoch is given out twice. */
const leadSchema = z.object({ epoch: z.int().nonnegative(), holder: holderSchema.nullable() });
type Lead = z.infer<typeof leadSchema>;

export interface LeaderLock {
  /** One more than that of the leader before: what an older one writes is refused. */
  readonly epoch: number;
  /** Whether nobody took over: read from the disk. */
  isCurrent(): Promise<boolean>;
  release(): Promise<void>;
}

const GUARD_STALE_MS = 5_000;

/**
 * Makes this process the one that runs the engine for a repository, until it releases the lock or ends: a lock whose
 * process is gone is taken over at once. Refuses with the name of the process that leads.
 */
export async function takeLead(folder: string, label: string, ids: Ids, log: Logger): Promise<Result<LeaderLock>> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    return refuse(
      "not_writable",
      `${folder} can't be made (${messageOf(error)}): make room for it, the store lies there.`,
    );
  }
  const path = join(folder, "leader.json");
  const unguard = await guard(folder, log);
  try {
    const last = await readLead(path);
    if (last.holder !== null && (await stillLeads(last.holder)))
      return refuse("store_locked", lockedBy(last.holder, path));
    const start = await processStart(process.pid);
    const holder: Holder = {
      pid: process.pid,
      ...(start === undefined ? {} : { processStart: start }),
      host: hostname(),
      label,
      token: ids.unique(),
    };
    const own: Lead = { epoch: last.epoch + 1, holder };
    await writeLead(path, own);
    return ok(lockOf(path, own, holder.token));
  } finally {
    await unguard();
  }
}

function lockOf(path: string, own: Lead, token: string): LeaderLock {
  const isCurrent = async () => (await readLead(path)).holder?.token === token;
  return {
    epoch: own.epoch,
    isCurrent,
    async release() {
      if (await isCurrent()) await writeLead(path, { epoch: own.epoch, holder: null });
    },
  };
}

/** In one step: a reader finds the old content or the new one. */
async function writeLead(path: string, lead: Lead): Promise<void> {
  const handle = await open(`${path}.new`, "w", 0o600);
  try {
    await handle.writeFile(JSON.stringify(lead));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
}

/** Two that look at the same time must not both find the place empty. Held for milliseconds. */
function guard(folder: string, log: Logger): Promise<() => Promise<void>> {
  return lock(folder, {
    lockfilePath: join(folder, "leader.guard"),
    stale: GUARD_STALE_MS,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 250 },
    onCompromised: (error) => log.warn("the guard of the leader's lock was lost", { reason: messageOf(error) }),
  });
}

/** Nobody leads where there is no such file, or none that can be read. */
async function readLead(path: string): Promise<Lead> {
  try {
    return leadSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return { epoch: 0, holder: null };
  }
}

/** A process of another machine can't be asked; it is taken for alive. */
const stillLeads = (holder: Holder): boolean | Promise<boolean> =>
  holder.host !== hostname() || isAlive(holder.pid, holder.processStart);

function lockedBy(holder: Holder, path: string): string {
  if (holder.host === hostname()) {
    return `Banyan already runs for this repository in ${holder.label} (process ${holder.pid}). Use it there, or close it first.`;
  }
  return `Banyan runs for this repository in ${holder.label} on ${holder.host} (process ${holder.pid}). Close it there; if that machine is gone, remove ${path}.`;
}
