import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import type { Clock } from "../../base/clock.ts";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { realDisk } from "../store/disk.ts";
import { newestEpoch } from "../store/files.ts";
import {
  type FileIdentity,
  folderIdentity,
  type Holder,
  isStill,
  type Lead,
  leadIdentity,
  mayRun,
  nameOf,
  readLead,
  writeLead,
} from "./holder.ts";
import { processStart } from "./process.ts";

export interface LeaderLock {
  /** One more than that of the leader before: what an older one writes is refused. */
  readonly epoch: number;
  readonly token: string;
  /** Who led before and did not leave in order; null where the place was empty. */
  readonly before: Holder | null;
  /** Whether nobody took over: read from the disk, at once, since it is asked for every commit. */
  isCurrent(): boolean;
  release(): Promise<void>;
}

/** Who wants to lead, and how. */
export interface Claim {
  readonly label: string;
  /** Names this lead. */
  readonly token: string;
  /** Where clients find it; undefined: nobody may join. */
  readonly address?: string | undefined;
  /** Token of a holder that is to be replaced though its process is there: it hangs. */
  readonly evenFrom?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Somebody else leads. */
export interface HeldPlace {
  readonly kind: "held";
  readonly holder: Holder;
}

export type Claimed = { readonly kind: "leading"; readonly lead: LeaderLock } | HeldPlace;

const GUARD_STALE_MS = 5_000;

/**
 * Makes this process the one that runs the engine for a repository, until it releases the lock or ends: a lock whose
 * process is gone is taken over at once. Answers who holds it otherwise.
 */
export async function claimLead(folder: string, claim: Claim): Promise<Result<Claimed>> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    return refuse(
      "not_writable",
      `${folder} can't be made (${messageOf(error)}): make room for it, the store lies there.`,
    );
  }
  try {
    return await guarded(folder, claim.log, () => claimGuarded(folder, claim));
  } catch (error) {
    return refuse(
      "not_writable",
      `The lead of this repository can't be taken in ${folder}: ${messageOf(error)}. Make the folder writable, or remove what is in the way there.`,
    );
  }
}

async function claimGuarded(folder: string, claim: Claim): Promise<Result<Claimed>> {
  for (;;) {
    const found = leadIdentity(folder);
    const { epoch, holder } = await readLead(folder);
    if (holder !== null && holder.token !== claim.evenFrom && (await mayRun(holder))) {
      return ok({ kind: "held", holder });
    }
    const last = Math.max(epoch, await newestEpoch(realDisk, folder));
    const own = { epoch: last + 1, holder: await describeSelf(folder, claim) };
    const identity = await writeLead(folder, own, found);
    if (identity === undefined) continue;
    const isCurrent = () => isStill(folder, identity);
    return ok({ kind: "leading", lead: lockOf(folder, own, identity, isCurrent, holder, claim.log) });
  }
}

/** As `claimLead`; refuses with the name of the process that leads. */
export async function takeLead(folder: string, claim: Claim): Promise<Result<LeaderLock>> {
  const claimed = await claimLead(folder, claim);
  if (!claimed.ok) return claimed;
  return claimed.value.kind === "leading" ? ok(claimed.value.lead) : lockedBy(claimed.value.holder);
}

export const lockedBy = (holder: Holder): Result<never> =>
  refuse(
    "store_locked",
    `Banyan already runs for this repository in ${nameOf(holder)}. Use it there, or close it first.`,
  );

async function describeSelf(folder: string, { label, token, address, clock }: Claim): Promise<Holder> {
  const start = await processStart(process.pid);
  return {
    pid: process.pid,
    ...(start === undefined ? {} : { processStart: start }),
    host: hostname(),
    label,
    token,
    ...(address === undefined ? {} : { address }),
    since: clock.now(),
    store: folderIdentity(folder),
  };
}

function lockOf(
  folder: string,
  { epoch, holder }: Lead & { readonly holder: Holder },
  identity: FileIdentity,
  isCurrent: () => boolean,
  before: Holder | null,
  log: Logger,
): LeaderLock {
  return {
    epoch,
    token: holder.token,
    before,
    isCurrent,
    release: () =>
      guarded(folder, log, async () => {
        if (isCurrent()) await writeLead(folder, { epoch, holder: null }, identity);
      }),
  };
}

/** One at a time: two that look together must not both find the place empty. Held for milliseconds. */
async function guarded<T>(folder: string, log: Logger, body: () => Promise<T>): Promise<T> {
  const unguard = await lock(folder, {
    lockfilePath: join(folder, "leader.guard"),
    stale: GUARD_STALE_MS,
    retries: { retries: 60, minTimeout: 50, maxTimeout: 250 },
    onCompromised: (error) => log.warn("the guard of the leader's lock was lost", { reason: messageOf(error) }),
  });
  try {
    return await body();
  } finally {
    // One that was held too long is not ours any more.
    await unguard().catch((error) => log.warn("the guard of the leader's lock was lost", { reason: messageOf(error) }));
  }
}
