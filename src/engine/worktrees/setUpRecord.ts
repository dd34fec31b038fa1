import { lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { concurrently } from "./concurrently.ts";
import { exists } from "./disk.ts";
import { createLinkCheck } from "./links.ts";

/** Beside git's own files for the worktree, where no tool of an agent's reaches. */
const RECORD = "banyan-setup.json";
const DUE = "banyan-setup-due";
const LOG = "banyan-setup.log";

/** Each ignored file that was there when set-up had ended: path, bytes, time of last change in nanoseconds. */
const recordSchema = z.object({ version: z.literal(1), files: z.array(z.tuple([z.string(), z.string(), z.string()])) });

/** Where the set-up command's output is kept. */
export const setUpLog = (adminDir: string): string => join(adminDir, LOG);

/** Whether a set-up was begun or put off, and has not ended. */
export const isSetUpDue = (adminDir: string): Promise<boolean> => exists(join(adminDir, DUE));

/** Whether a set-up has ended. */
export const wasSetUp = (adminDir: string): Promise<boolean> => exists(join(adminDir, RECORD));

/** From here on set-up is due, whatever becomes of this process. */
export async function markSetUpDue(adminDir: string): Promise<void> {
  await rm(join(adminDir, RECORD), { force: true });
  await writeFile(join(adminDir, DUE), "");
}

/** Keeps what set-up brought in, `paths` from the worktree's folder, and that it has ended. */
export async function recordSetUp({ adminDir, folder }: SetUpPlace, paths: readonly string[]): Promise<void> {
  const looks = await concurrently(paths, async (path) => ({ path, look: await look(folder, path) }));
  const files = looks.flatMap(({ path, look }) => (look === undefined ? [] : [[path, ...look]]));
  const record = join(adminDir, RECORD);
  await writeFile(`${record}.new`, JSON.stringify({ version: 1, files }));
  await rename(`${record}.new`, record);
  await rm(join(adminDir, DUE), { force: true });
}

/** Both absolute. */
export interface SetUpPlace {
  /** The worktree's own folder in the common git directory. */
  readonly adminDir: string;
  readonly folder: string;
}

/**
 * The ignored files that set-up brought in and nobody changed since, as paths from the worktree's folder, with `/`: they
 * need not be kept when the worktree goes. Empty where there was no set-up, or where it can't be read what it brought.
 */
export async function unchangedSinceSetUp({ adminDir, folder }: SetUpPlace): Promise<ReadonlySet<string>> {
  const files = await readRecord(adminDir);
  const leadsAway = createLinkCheck(folder);
  const same = await concurrently(files, async ([path, size, changed]) => {
    const now = (await leadsAway(path)) ? undefined : await look(folder, path);
    return now !== undefined && now[0] === size && now[1] === changed ? path : undefined;
  });
  return new Set(same.filter((path) => path !== undefined));
}

async function readRecord(adminDir: string): Promise<z.infer<typeof recordSchema>["files"]> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(adminDir, RECORD), "utf8"))).files;
  } catch {
    // What a crash cut off: then everything counts as changed.
    return [];
  }
}

/** Size and time of a file or a link; undefined for whatever else is there. */
async function look(root: string, path: string): Promise<[size: string, changed: string] | undefined> {
  const stats = await lstat(join(root, path), { bigint: true }).catch(() => undefined);
  if (stats === undefined || !(stats.isFile() || stats.isSymbolicLink())) return undefined;
  return [String(stats.size), String(stats.mtimeNs)];
}
