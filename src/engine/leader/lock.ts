import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import type { Logger } from "../../base/log.ts";
import { isAlive, processStart } from "./process.ts";

const leaderSchema = z.object({
  pid: z.int(),
  /** As `processStart` tells it. */
  processStart: z.string().optional(),
  host: z.string(),
  /** What a person calls the process: `a terminal`, `a VS Code window`. */
  label: z.string(),
  token: z.string(),
});
type Leader = z.infer<typeof leaderSchema>;

export interface LeaderLock {
  release(): Promise<void>;
}

const GUARD_STALE_MS = 5_000;

/**
 * Makes this process the one that runs the engine for a repository, until it releases the lock or ends: a lock whose
 * process is gone is taken over at once. Refuses with the name of the process that leads.
 */
export async function takeLead(folder: string, label: string, ids: Ids, log: Logger): Promise<Result<LeaderLock>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "leader.json");
  const unguard = await guard(folder, log);
  try {
    const leader = await readLeader(path);
    if (leader !== undefined && (await stillLeads(leader))) return refuse("store_locked", lockedBy(leader));
    const start = await processStart(process.pid);
    const own: Leader = {
      pid: process.pid,
      ...(start === undefined ? {} : { processStart: start }),
      host: hostname(),
      label,
      token: ids.unique(),
    };
    await writeFile(`${path}.new`, JSON.stringify(own), { mode: 0o600 });
    await rename(`${path}.new`, path);
    return ok({ release: () => release(path, own) });
  } finally {
    await unguard();
  }
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

async function readLeader(path: string): Promise<Leader | undefined> {
  try {
    const parsed = leaderSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** A process of another machine can't be asked; it is taken for alive. */
const stillLeads = (leader: Leader): boolean | Promise<boolean> =>
  leader.host !== hostname() || isAlive(leader.pid, leader.processStart);

function lockedBy(leader: Leader): string {
  const where = leader.host === hostname() ? "" : ` on ${leader.host}`;
  return `Banyan already runs for this repository in ${leader.label} (process ${leader.pid}${where}). Use it there, or close it first.`;
}

async function release(path: string, own: Leader): Promise<void> {
  const leader = await readLeader(path);
  if (leader?.token === own.token) await rm(path, { force: true });
}
