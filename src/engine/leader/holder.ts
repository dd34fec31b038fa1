import { type BigIntStats, renameSync, statSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { isAlive } from "./process.ts";

const holderSchema = z.object({
  pid: z.int().positive(),
  /** As `processStart` tells it. */
  processStart: z.string().optional(),
  host: z.string(),
  /** What a person calls the process: `a terminal`, `a VS Code window`. */
  label: z.string(),
  /** Names this lead, and lets its clients in: the file can be read by its user alone. */
  token: z.string(),
  /** Where clients find it; absent while nobody may join. */
  address: z.string().optional(),
  /** When it took the lock: milliseconds since the Unix epoch. */
  since: z.int().default(0),
  /** Which folder it leads, as `folderIdentity` tells it: a copy of the file in another folder says nothing. */
  store: z.string().optional(),
});
/** The process that leads a repository. */
export type Holder = Readonly<z.infer<typeof holderSchema>>;

/** The file outlives its holders, so that no epoch is given out twice. */
const leadSchema = z.object({ epoch: z.int().nonnegative(), holder: holderSchema.nullable() });
export type Lead = Readonly<z.infer<typeof leadSchema>>;

const leadPath = (folder: string): string => join(folder, "leader.json");

/** Names a folder among all of this machine, also after it was moved; a copy has another name. */
export function folderIdentity(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true });
  return `${dev}:${ino}`;
}

/**
 * Nobody leads where there is no such file, where it holds nothing that makes sense, and where it came with a copy of
 * another repository. Rejects where it can't be read: somebody may lead.
 */
export async function readLead(folder: string): Promise<Lead> {
  const lead = parseLead(await readFile(leadPath(folder), "utf8").catch(ifMissing));
  return lead.holder !== null && isCopied(folder, lead.holder) ? { ...lead, holder: null } : lead;
}

function parseLead(text: string): Lead {
  try {
    return leadSchema.parse(JSON.parse(text));
  } catch {
    return { epoch: 0, holder: null };
  }
}

/** Another machine may see the same folder under another identity. */
const isCopied = (folder: string, { host, store }: Holder): boolean =>
  host === hostname() && store !== undefined && store !== folderIdentity(folder);

function ifMissing(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
  throw error;
}

/** Which file it is, and since when it is as it is: another one differs, whatever inode it was given. */
export type FileIdentity = Readonly<Pick<BigIntStats, "dev" | "ino" | "size" | "mtimeNs">>;

/** Whether nothing was written after what `writeLead` answered this for. In this very call: it is asked for every commit. */
export function isStill(folder: string, { dev, ino, size, mtimeNs }: FileIdentity): boolean {
  const now = statSync(leadPath(folder), { bigint: true, throwIfNoEntry: false });
  return now?.mtimeNs === mtimeNs && now.ino === ino && now.size === size && now.dev === dev;
}

/** The file as it is now; undefined where there is none. */
export const leadIdentity = (folder: string): FileIdentity | undefined =>
  statSync(leadPath(folder), { bigint: true, throwIfNoEntry: false });

/**
 * In one step: a reader finds the old content or the new one. Undefined, and nothing is written, where the file is not
 * the `expected` one any more: a process that was stopped must not overwrite what came after it.
 */
export async function writeLead(
  folder: string,
  lead: Lead,
  expected: FileIdentity | undefined,
): Promise<FileIdentity | undefined> {
  const path = leadPath(folder);
  const next = `${path}.${lead.holder?.token ?? "left"}.new`;
  const identity = await writeDurably(next, JSON.stringify(lead));
  const now = leadIdentity(folder);
  if (now?.mtimeNs !== expected?.mtimeNs || now?.ino !== expected?.ino) {
    await rm(next, { force: true });
    return undefined;
  }
  renameSync(next, path);
  return identity;
}

async function writeDurably(path: string, content: string): Promise<FileIdentity> {
  const handle = await open(path, "w", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
    return await handle.stat({ bigint: true });
  } finally {
    await handle.close();
  }
}

/** False where its process has surely ended; one of another machine can't be asked. */
export const mayRun = (holder: Holder): boolean | Promise<boolean> =>
  holder.host !== hostname() || isAlive(holder.pid, holder.processStart);

/** The process that leads; undefined where nobody does. Rejects where the lock can't be read: somebody may. */
export async function findLeader(folder: string): Promise<Holder | undefined> {
  const { holder } = await readLead(folder);
  return holder !== null && (await mayRun(holder)) ? holder : undefined;
}

/** Whether another lead has begun since, or this one was given back. A lock that can't be read now says nothing. */
export async function isReplaced(folder: string, token: string): Promise<boolean> {
  try {
    return (await readLead(folder)).holder?.token !== token;
  } catch {
    return false;
  }
}

/** For messages: what it is, and which process. */
export const nameOf = ({ label, host, pid }: Holder): string =>
  host === hostname() ? `${label} (process ${pid})` : `${label} on ${host} (process ${pid})`;
